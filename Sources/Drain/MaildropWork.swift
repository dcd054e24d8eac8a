import Archive
import Catalog
import Mail
import POP

/// The messages of one listing, and what became of each.
struct MaildropWork {
    /// What became of a message that was not known.
    enum Fate: UInt8, Sendable {
        /// Not reached.
        case left
        case archived
        /// The account holds the same bytes.
        case duplicate
        /// Known again by its header.
        case mapped
        /// It could not be had.
        case quarantined
    }

    private let account: String
    private(set) var entries = ListedMessages()
    private(set) var known: [MaildropListing.Known] = []
    private(set) var checkpoints = Checkpoints()
    private(set) var fates: [Fate] = []
    /// Contents of the messages that were received, by place in `entries`.
    private(set) var contents: [Int: Digest] = [:]
    /// Messages known by name that were found to be what was archived: they may be deleted.
    private(set) var compared: Set<MessageNumber> = []
    private(set) var listedCount = 0
    private var unlistedCount = 0
    /// Deletions that the server has accepted, and those of earlier sessions of the run that the listing confirms.
    var deletedCount = 0
    /// The unique-ids of messages whose DELE went out.
    var askedNames: Set<[UInt8]> = []
    /// Of these, those whose deletion the server has accepted.
    var deletedNames: Set<[UInt8]> = []
    /// Of the checkpoints that are not listed, those whose deletion is confirmed by that.
    var deletedBeforeCount = 0
    /// Deletions that were asked for and not refused, whether or not that was confirmed.
    var deletionCount = 0
    var octets: UInt64 = 0
    var savedOctets: UInt64 = 0
    /// All that was received is durable.
    var isSettled = false
    /// The session ended early on purpose, so that what it deleted lasts; another one goes on.
    var isCutShort = false

    init(_ account: String) { self.account = account }

    mutating func take(_ listing: MaildropListing, _ checkpoints: Checkpoints) {
        (entries, known, listedCount) = (listing.new, listing.known, listing.listedCount)
        unlistedCount = listing.goneCount
        self.checkpoints = checkpoints
        fates = Array(repeating: .left, count: entries.count)
    }

    /// Messages that are still to be had.
    var openCount: Int { fates.count { $0 == .left } }
    var hasOpen: Bool { fates.contains(.left) }
    var openOctets: UInt64 {
        fates.indices.reduce(0) { fates[$1] == .left ? $0 &+ (entries.octets(at: $1) ?? 0) : $0 }
    }

    /// Of some unique-ids, those that are listed.
    func listed(among names: Set<[UInt8]>) -> Set<[UInt8]> {
        var listed: Set<[UInt8]> = []
        forEachName { if names.contains($0) { listed.insert($0) } }
        return listed
    }

    /// Gives the unique-id of every message of the listing.
    func forEachName(_ body: ([UInt8]) -> Void) {
        for entry in entries { body(entry.uniqueID.bytes) }
        for entry in known { body(checkpoints.uniqueID(at: entry.checkpoint)) }
    }

    /// Checkpoints whose unique-ids the server does not list any more, although nobody here has deleted them.
    var goneCount: Int { unlistedCount - deletedBeforeCount }

    /// Has messages fetched that are known by name, since they may be others.
    mutating func doubt(_ numbers: Set<MessageNumber>) {
        guard !numbers.isEmpty else { return }
        for entry in known where numbers.contains(entry.number) {
            entries.append(
                MaildropListing.Entry(
                    number: entry.number, uniqueID: UniqueID(checkpoints.uniqueID(at: entry.checkpoint)),
                    octets: entry.octets, isNameTrusted: true, isKnownByName: true, needsContent: true))
            fates.append(.left)
        }
        known.removeAll { numbers.contains($0.number) }
    }

    /// Notes of messages that are known by name that they are what was archived.
    mutating func trust(_ numbers: Set<MessageNumber>) { compared.formUnion(numbers) }

    mutating func set(_ index: Int, _ fate: Fate) { fates[index] = fate }

    mutating func set(_ index: Int, _ fate: Fate, _ content: Digest) {
        fates[index] = fate
        contents[index] = content
    }

    // MARK: - Counting

    /// The counts of what earlier sessions have not counted for good.
    /// - Parameter received: messages without a name that earlier sessions had, and that this one did not come to.
    func counts(without counted: CountedMessages, _ received: Set<MessageKey> = []) -> GroupRecord.Result {
        var counted = counted
        var counts = GroupRecord.Result(account: account)
        counts.listed = listedCount
        (counts.octets, counts.savedOctets, counts.deleted) = (octets, savedOctets, deletedCount)
        let repeated = counted.isEmpty ? 0 : known.count { counted.contains(checkpoints.uniqueID(at: $0.checkpoint)) }
        counts.listed -= repeated
        counts.alreadyArchived = known.count - repeated
        for index in entries.indices {
            let fate = isSettled || fates[index] == .quarantined ? fates[index] : .left
            if entries.isNameTrusted(at: index), counted.containsKnown(entries[index].uniqueID.bytes) {
                // An earlier session took it for known, and this one doubts it.
                counts.listed -= 1
                counts.alreadyArchived -= 1
            } else if entries.isNameTrusted(at: index), fate != .archived,
                counted.contains(entries[index].uniqueID.bytes)
            {
                counts.listed -= 1
                continue
            }
            if !entries.isNameTrusted(at: index), let content = contents[index], fate != .left, counted.take(content) {
                counts.listed -= 1
                continue
            }
            switch fate {
            case .left where !received.isEmpty && received.contains(MessageKey(entries[index])): counts.listed -= 1
            case .left: counts.left += 1
            case .archived: counts.archived += 1
            case .duplicate: counts.duplicates += 1
            case .mapped:
                counts.alreadyArchived += 1
                counts.mapped += 1
            case .quarantined: counts.quarantined += 1
            }
        }
        return counts
    }

    /// Adds what is counted for good, for the sessions behind this one.
    func count(into counted: inout CountedMessages) {
        for entry in known { counted.addKnown(checkpoints.uniqueID(at: entry.checkpoint)) }
        for index in entries.indices where !isSettled || fates[index] == .left || fates[index] == .quarantined {
            counted.removeKnown(entries[index].uniqueID.bytes)
        }
        guard isSettled else { return }
        var unnamed: [Digest: Int] = [:]
        for index in entries.indices where fates[index] != .left && fates[index] != .quarantined {
            if entries.isNameTrusted(at: index) {
                counted.add(entries[index].uniqueID.bytes)
            } else if let content = contents[index] {
                unnamed[content, default: 0] += 1
            }
        }
        counted.add(unnamed)
    }
}
