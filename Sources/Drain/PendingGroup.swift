import Archive
import Mail
import POP

/// What was added since the last commit point: not durable yet, but already deduplicated against.
struct PendingGroup {
    struct Message {
        let size: UInt64
        let segments: [Digest]
        let facts: HeaderFacts
    }

    struct Holding: Hashable {
        let account: String
        let message: Digest
    }

    /// The mail of a group, as far as later messages are compared with it.
    struct Contents {
        /// The segments of each message.
        fileprivate(set) var messages: [Digest: [Digest]] = [:]
        /// Each account's file of a message.
        fileprivate(set) var holdings: [Holding: String] = [:]
        /// Messages that are kept whole, by digest: the path that other lists may name.
        fileprivate(set) var wholePaths: [Digest: String] = [:]
        /// What was written for the group.
        fileprivate(set) var segments: Set<Digest> = []
    }

    private(set) var contents = Contents()
    /// Of the group before, while that is not in the catalogue yet.
    var earlier: Contents?
    /// New ones in the order of arrival: the catalogue's rows are made in that order too.
    private(set) var messages: [(digest: Digest, message: Message)] = []
    private(set) var checkpoints: [GroupRecord.Message] = []
    private(set) var deletions: [GroupRecord.Deletion] = []
    private(set) var quarantines: [GroupRecord.Quarantine] = []
    /// Committed lengths of files that lie there already and no sound record tells of; repairs find such.
    private(set) var files: [String: UInt64] = [:]
    private(set) var accounts: [String: GroupRecord.Account] = [:]
    /// Received since the last commit point, duplicates included: what a crash would cost to fetch again.
    private(set) var octetCount: UInt64 = 0
    private(set) var started: ContinuousClock.Instant?

    init() {}

    /// - Parameter earlier: of the group before, which is not in the catalogue yet.
    init(behind earlier: Contents) { self.earlier = earlier }

    var isEmpty: Bool { checkpoints.isEmpty && deletions.isEmpty && quarantines.isEmpty }

    /// The segments of a message that is not in the catalogue yet.
    func segments(of message: Digest) -> [Digest]? { contents.messages[message] ?? earlier?.messages[message] }

    /// The file of a message that is not in the catalogue yet.
    func path(of holding: Holding) -> String? { contents.holdings[holding] ?? earlier?.holdings[holding] }

    /// The path of a whole message that is not in the catalogue yet.
    func wholePath(of message: Digest) -> String? { contents.wholePaths[message] ?? earlier?.wholePaths[message] }

    /// Whether a segment is stored that is not in the catalogue yet.
    func hasSegment(_ segment: Digest) -> Bool {
        contents.segments.contains(segment) || earlier?.segments.contains(segment) ?? false
    }

    mutating func add(_ digest: Digest, _ message: Message) {
        contents.messages[digest] = message.segments
        messages.append((digest, message))
    }

    mutating func add(file: String, length: UInt64) { files[file] = length }

    mutating func addWhole(_ digest: Digest, path: String) { contents.wholePaths[digest] = path }

    mutating func addSegment(_ digest: Digest) { contents.segments.insert(digest) }

    mutating func add(_ checkpoint: GroupRecord.Message, _ account: GroupRecord.Account) {
        checkpoints.append(checkpoint)
        accounts[account.name] = account
        contents.holdings[Holding(account: checkpoint.account, message: checkpoint.digest)] = checkpoint.path
        octetCount += checkpoint.size
        if started == nil { started = .now }
    }

    mutating func add(_ notes: AccountNotes) {
        deletions += notes.deletions
        quarantines += notes.quarantines
        accounts[notes.account.name] = notes.account
        if started == nil { started = .now }
    }

    /// Whether it is time for a commit point: by octets, messages or age.
    func isDue(_ limits: CommitLimits) -> Bool {
        guard let started else { return false }
        return octetCount >= limits.octetLimit || checkpoints.count >= limits.messageLimit
            || started.duration(to: .now) >= limits.age
    }
}

/// What a server calls a message in its listing: what a checkpoint keeps of it.
struct ListedName: Sendable {
    /// Empty where the server has none.
    let uniqueID: [UInt8]
    /// By the scan listing; `nil` where it says nothing of use.
    var octets: UInt64?
    /// No other message of the listing has this name.
    var isSole = false
}

extension MaildropListing.Entry {
    var name: ListedName { ListedName(uniqueID: uniqueID.bytes, octets: octets, isSole: isNameTrusted) }
}

/// What a session learnt besides messages.
struct AccountNotes: Sendable {
    let account: GroupRecord.Account
    var deletions: [GroupRecord.Deletion] = []
    var quarantines: [GroupRecord.Quarantine] = []

    init(_ account: GroupRecord.Account) { self.account = account }

    var isEmpty: Bool { deletions.isEmpty && quarantines.isEmpty }
}

/// How much may wait for the next commit point, and so how much a crash costs at most.
struct CommitLimits: Sendable {
    var octetLimit: UInt64 = 64 << 20
    /// Of the next group, while one is on its way to the disk: as much is in memory then.
    var heldOctetLimit: UInt64 = 4 << 20
    var messageLimit = 2000
    var age: Duration = .seconds(5)
}
