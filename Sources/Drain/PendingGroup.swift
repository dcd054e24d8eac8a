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

    private(set) var messages: [Digest: Message] = [:]
    /// In the order of arrival: the catalogue's rows are made in that order too.
    private(set) var messageOrder: [Digest] = []
    /// Each account's file of a message.
    private(set) var holdings: [Holding: String] = [:]
    /// Messages that are kept whole, by digest: the path that other lists may name.
    private(set) var wholePaths: [Digest: String] = [:]
    private(set) var checkpoints: [GroupRecord.Message] = []
    private(set) var deletions: [GroupRecord.Deletion] = []
    private(set) var quarantines: [GroupRecord.Quarantine] = []
    /// Committed lengths of files that lie there already and no sound record tells of; repairs find such.
    private(set) var files: [String: UInt64] = [:]
    private(set) var accounts: [String: GroupRecord.Account] = [:]
    /// Received since the last commit point, duplicates included: what a crash would cost to fetch again.
    private(set) var octetCount: UInt64 = 0
    private(set) var started: ContinuousClock.Instant?

    var isEmpty: Bool { checkpoints.isEmpty && deletions.isEmpty && quarantines.isEmpty }

    mutating func add(_ digest: Digest, _ message: Message) {
        messages[digest] = message
        messageOrder.append(digest)
    }

    mutating func add(file: String, length: UInt64) { files[file] = length }

    mutating func addWhole(_ digest: Digest, path: String) { wholePaths[digest] = path }

    mutating func add(_ checkpoint: GroupRecord.Message, _ account: GroupRecord.Account) {
        checkpoints.append(checkpoint)
        accounts[account.name] = account
        holdings[Holding(account: checkpoint.account, message: checkpoint.digest)] = checkpoint.path
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
    var messageLimit = 2000
    var age: Duration = .seconds(5)
}
