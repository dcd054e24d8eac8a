import POP

/// What a maildrop holds, compared with what is archived.
struct MaildropListing {
    struct Entry {
        let number: MessageNumber
        /// Empty where the server has none.
        let uniqueID: UniqueID
        /// By the scan listing; a hint.
        var octets: UInt64?
    }

    /// Messages of one maildrop; what claims to be larger is no maildrop.
    private static let messageLimit = 10_000_000
    /// Of all unique-ids together; RFC 1939 gives each at most 70.
    private static let uniqueIDByteLimit = 64 << 20
    /// Without any listing a count is believed so far.
    private static let unlistedMessageLimit = 100_000
    /// A size in the scan listing beyond this says nothing.
    private static let octetLimit: UInt64 = 64 << 30

    /// Messages to fetch, by number.
    private(set) var new: [Entry] = []
    private(set) var listedCount = 0
    private(set) var knownCount = 0

    var expectedOctets: UInt64 { new.reduce(0) { $0 + ($1.octets ?? 0) } }

    /// Asks for the listing and compares it.
    ///
    /// Where UIDL is missing, or leaves messages out that STAT counts, they are fetched without a unique-id and known
    /// again by their content.
    /// - Parameter checkpoints: how many messages each unique-id stands for already.
    /// - Throws: `TransportError`, `POPError`, `Refusal`.
    init(_ client: POPClient, _ capabilities: Capabilities, checkpoints: [[UInt8]: Int]) throws {
        try client.send(capabilities.pipelining ? [.stat, .uniqueIDs] : [.stat])
        let stat = try client.reply()
        guard stat.isOK, let status = MaildropStatus(stat) else { throw Refusal(what: "STAT", stat) }
        guard status.messageCount <= Self.messageLimit else {
            throw POPError(.listingTooLong(limit: Self.messageLimit))
        }
        if !capabilities.pipelining { try client.send([.uniqueIDs]) }
        // Servers repeat lines, and some count wrongly; but nobody lists without end.
        let lineLimit = 2 * status.messageCount + 1000
        var uniqueIDByteCount = 0
        var listed: [MessageNumber: UniqueID] = [:]
        if try client.reply().isOK {
            try Self.lines(of: client, lineLimit) {
                let line = try UniqueIDListing(line: $0)
                uniqueIDByteCount += line.uniqueID.bytes.count
                guard uniqueIDByteCount <= Self.uniqueIDByteLimit else {
                    throw POPError(.listingTooLong(limit: lineLimit))
                }
                if listed[line.number] == nil { listed[line.number] = line.uniqueID }
            }
        }
        var sizes: [MessageNumber: UInt64?]?
        if listed.count < status.messageCount {
            sizes = try Self.sizes(client, lineLimit)
            Self.fill(&listed, Array(sizes!.keys))
        }
        if listed.count < status.messageCount {
            guard status.messageCount <= Self.unlistedMessageLimit else {
                throw AccountFailure(
                    .refused, "the server counts \(status.messageCount) messages and lists \(listed.count)",
                    remedy: "ask the server's operator")
            }
            Self.fill(&listed, (0..<status.messageCount).map { MessageNumber(UInt32($0 + 1)) })
        }
        compare(listed, checkpoints)
        guard !new.isEmpty else { return }
        let known = try sizes ?? Self.sizes(client, lineLimit)
        for index in new.indices { new[index].octets = known[new[index].number] ?? nil }
    }

    private static func fill(_ listed: inout [MessageNumber: UniqueID], _ numbers: [MessageNumber]) {
        for number in numbers where listed[number] == nil { listed[number] = UniqueID([]) }
    }

    /// A unique-id that stands for several messages, here or among those archived, is trusted for none of them: a second
    /// one is never taken for seen. Nor is an empty one.
    private mutating func compare(_ listed: [MessageNumber: UniqueID], _ checkpoints: [[UInt8]: Int]) {
        listedCount = listed.count
        var occurrences: [[UInt8]: Int] = [:]
        for uniqueID in listed.values { occurrences[uniqueID.bytes, default: 0] += 1 }
        for (number, uniqueID) in listed {
            let key = uniqueID.bytes
            if !key.isEmpty, checkpoints[key] == 1, occurrences[key] == 1 {
                knownCount += 1
            } else {
                new.append(Entry(number: number, uniqueID: uniqueID, octets: nil))
            }
        }
        new.sort { $0.number < $1.number }
    }

    /// The scan listing; empty where the server refuses it.
    private static func sizes(_ client: POPClient, _ lineLimit: Int) throws -> [MessageNumber: UInt64?] {
        var sizes: [MessageNumber: UInt64?] = [:]
        guard try client.exchange(.list).isOK else { return sizes }
        try lines(of: client, lineLimit) {
            let line = try ScanListing(line: $0)
            sizes.updateValue(line.octets.flatMap { $0 <= octetLimit ? $0 : nil }, forKey: line.number)
        }
        return sizes
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
