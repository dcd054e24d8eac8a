import Catalog
import POP
import Transport

/// What a listing is asked for.
enum ListingPurpose { case archiving, deleting, reconciling }

/// What a maildrop holds, compared with what is archived while the listing streams in.
struct MaildropListing {
    /// A message that is not known, or not known for sure.
    struct Entry: Sendable {
        let number: MessageNumber
        /// Empty where the server has none.
        let uniqueID: UniqueID
        /// By the scan listing; a hint.
        var octets: UInt64?
        /// The unique-id stands for this message alone, as far as can be seen.
        var isNameTrusted = false
        /// The unique-id is archived, but with another size: it may have been given to another message.
        var isKnownByName = false
        /// A header is no proof enough: before it may be deleted its content must be seen.
        var needsContent = false
    }

    /// A message whose unique-id and size are those of a checkpoint.
    struct Known: Sendable {
        let number: MessageNumber
        private let index: UInt32
        private var size = unknownOctets

        private static let unknownOctets = UInt64.max

        init(number: MessageNumber, checkpoint: Int) {
            self.number = number
            index = UInt32(checkpoint)
        }

        /// Into the checkpoints.
        var checkpoint: Int { Int(index) }

        /// By the scan listing, where it was asked for.
        var octets: UInt64? {
            get { size == Self.unknownOctets ? nil : size }
            set { size = newValue ?? Self.unknownOctets }
        }
    }

    /// Messages of one maildrop; what claims to be larger is no maildrop.
    private static let messageLimit = 10_000_000
    /// Of all unique-ids together; RFC 1939 gives each at most 70.
    private static let uniqueIDByteLimit = 64 << 20
    /// Without any listing a count is believed so far.
    private static let unlistedMessageLimit = 100_000
    /// A size in the scan listing beyond this says nothing.
    private static let octetLimit: UInt64 = 64 << 30

    let status: MaildropStatus
    /// Whether the server has unique-ids at all.
    private(set) var hasUniqueIDs = false
    /// By message number.
    private(set) var new = ListedMessages()
    private(set) var known: [Known] = []
    private(set) var listedCount = 0
    /// Checkpoints whose unique-ids are not listed.
    private(set) var goneCount = 0
    /// UIDL named all that there is: what it does not name is gone.
    private(set) var namesAll = false

    /// Maildrops of no more known messages are asked for the scan listing at once, which saves a round trip where there
    /// is something new.
    private static let smallMessageCount = 100

    /// What is asked of a maildrop first.
    static func questions(_ checkpoints: Checkpoints, for purpose: ListingPurpose) -> [Command] {
        let wantsSizes = purpose != .archiving || checkpoints.count <= smallMessageCount
        return wantsSizes ? [.stat, .uniqueIDs, .list] : [.stat, .uniqueIDs]
    }

    /// Asks for the listing and compares it.
    ///
    /// Where UIDL is missing, or leaves messages out that STAT counts, they are fetched without a unique-id and known
    /// again by their content. A unique-id that stands for several messages, here or among those archived, is trusted for
    /// none of them: a second one is never taken for seen.
    /// - Parameters:
    ///   - asked: what went out together, the questions at its end: their replies come next. Others are asked in their turn.
    ///   - purpose: decides whether the scan listing is asked for even where nothing seems new, and whether something is
    ///     taken for known that was never received under its name.
    ///   - admit: throws where there is no room for what STAT counts.
    ///   - believesRefusal: a refusal of UIDL means that the server lacks it, also where it had unique-ids before.
    /// - Throws: `TransportError`, `POPError`, `Refusal`, `AccountFailure`.
    init(
        _ client: POPClient, asked: [Command], checkpoints: Checkpoints, for purpose: ListingPurpose = .archiving,
        believesRefusal: Bool = true, admit: ((MaildropStatus) throws -> Void)? = nil
    ) throws {
        let stat = try Self.reply(to: .stat, client, asked)
        guard stat.isOK, let status = MaildropStatus(stat) else { throw Refusal(what: "STAT", stat) }
        guard status.messageCount <= Self.messageLimit else {
            throw POPError(.listingTooLong(limit: Self.messageLimit))
        }
        self.status = status
        try admit?(status)
        // Servers repeat lines, and some count wrongly; but nobody lists without end.
        let lineLimit = 2 * status.messageCount + 1000
        var comparison = ListingComparison(checkpoints, wantsContent: purpose == .deleting)
        let reply = try Self.reply(to: .uniqueIDs, client, asked)
        if !reply.isOK {
            let refusal = Refusal(what: "UIDL", reply)
            // Servers without it have many words for that; one that had it may have trouble that passes.
            if refusal.isTemporary, reply.code != nil || checkpoints.count > 0 { throw refusal }
            if checkpoints.hasNames, !believesRefusal, !refusal.isOfUnknownCommand {
                throw LostUniqueIDs(refusal: refusal)
            }
        } else {
            hasUniqueIDs = true
            var byteCount = 0
            try Self.lines(of: client, lineLimit) {
                let line = try UniqueIDListing(line: $0)
                byteCount += line.uniqueID.bytes.count
                guard byteCount <= Self.uniqueIDByteLimit else {
                    throw POPError(.listingTooLong(limit: lineLimit))
                }
                comparison.add(line.number, line.uniqueID)
            }
        }
        namesAll = hasUniqueIDs && comparison.count >= status.messageCount
        var hasSizes = false
        if comparison.count < status.messageCount {
            try Self.sizes(client, asked, lineLimit) { comparison.add($0, octets: $1) }
            hasSizes = true
        }
        if comparison.count < status.messageCount {
            guard status.messageCount <= Self.unlistedMessageLimit else {
                throw AccountFailure(
                    .refused, "the server counts \(status.messageCount) messages and lists \(comparison.count)",
                    remedy: "ask the server's operator")
            }
            for number in 1...UInt32(status.messageCount) { comparison.addUnnamed(MessageNumber(number)) }
        }
        comparison.finishNames()
        if !hasSizes, asked.contains(.list) || purpose != .archiving || !comparison.isAsArchived(status.octets) {
            try Self.sizes(client, asked, lineLimit) { comparison.add($0, octets: $1) }
        }
        comparison.finishSizes()
        (new, known, listedCount) = (comparison.new, comparison.known, comparison.count)
        goneCount = comparison.goneCount
    }

    /// - Throws: `POPError.lostCommand` where a command that was sent behind another one got no answer.
    private static func reply(to command: Command, _ client: POPClient, _ asked: [Command]) throws -> Reply {
        guard asked.contains(command) else { return try client.exchange(command) }
        do { return try client.reply() } catch let error as TransportError
            where command != asked.first && error.code == .timedOut(.reply) && !client.hasUnread
        {
            throw POPError(.lostCommand, received: command.keyword.utf8)
        }
    }

    /// The scan listing; nothing where the server refuses it.
    private static func sizes(
        _ client: POPClient, _ asked: [Command], _ lineLimit: Int, _ body: (MessageNumber, UInt64?) -> Void
    ) throws {
        guard try reply(to: .list, client, asked).isOK else { return }
        try lines(of: client, lineLimit) {
            let line = try ScanListing(line: $0)
            body(line.number, line.octets.flatMap { $0 <= octetLimit ? $0 : nil })
        }
    }

    private static func lines(
        of client: POPClient, _ limit: Int, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var count = 0
        try client.lines {
            count += 1
            guard count <= limit else { throw POPError(.listingTooLong(limit: limit)) }
            try body($0)
        }
    }
}
