import Archive
import Catalog
import Mail
import Platform

/// What the archive holds, or once held, and its sound files do not give. Bounded by what is missing.
struct MissingMail {
    /// A message that an account should hold.
    struct Holding {
        let account: GroupRecord.Account
        let archived: Int64
        /// The mbox that it is said to be in; `nil` in a volume.
        let mbox: String?
        /// Its copy in there.
        var place: Place?
        /// Whether nobody says that the account holds it: then it is no loss when it cannot be had.
        var isUnnamed = false
        /// What is not known any more of how the server calls it.
        var checkpoints: [GroupRecord.Message] = []

        /// Those, or else one without a name: that the account holds the message.
        func checkpoints(of message: IncomingMessage) -> [GroupRecord.Message] {
            guard checkpoints.isEmpty else { return checkpoints }
            return [
                GroupRecord.Message(
                    account: account.name, uniqueID: [], digest: message.digest, size: message.size, path: "",
                    archived: archived)
            ]
        }
    }

    /// By message and account.
    private(set) var holdings: [Digest: [String: Holding]] = [:]
    private let old: Catalog
    private let sound: Catalog
    private(set) var accounts: [String: GroupRecord.Account]

    /// - Parameters:
    ///   - old: what the archive knows.
    ///   - sound: what its sound files give.
    init(of old: Catalog, in sound: Catalog) throws {
        self.old = old
        self.sound = sound
        accounts = try old.accounts()
    }

    var isEmpty: Bool { holdings.isEmpty }

    /// Messages in the order in which they were archived.
    var messages: [Digest] {
        let times = holdings.mapValues { $0.values.reduce(Int64.max) { min($0, $1.archived) } }
        return times.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
    }

    /// Takes what an account held, if anything of it is missing.
    ///
    /// Unique-ids are the server's: that of another one, or one that stands for another message by now, is left out.
    /// So a record is asked only for what the catalogue does not know.
    /// - Parameters:
    ///   - isCurrent: whether the catalogue says it, and not some record.
    ///   - hasCheckpoint: whether the unique-id counts.
    mutating func add(
        _ message: GroupRecord.Message, of account: GroupRecord.Account, isCurrent: Bool = false,
        hasCheckpoint: Bool = true
    ) throws {
        let known = accounts[account.name, default: account]
        accounts[account.name] = known
        let found = try sound.checkpoints(ofUniqueID: message.uniqueID, account: account.name)
        let isFound = found.contains {
            $0.message == message.digest
                && (!isCurrent || ($0.listedOctets, $0.proof) == (message.listedOctets, message.proof))
        }
        let isWanted =
            try hasCheckpoint && known == account && !isFound
            && (isCurrent || message.uniqueID.isEmpty
                || found.isEmpty && old.checkpoints(ofUniqueID: message.uniqueID, account: account.name).isEmpty)
        let isHeld = try sound.holding(message.digest, account: account.name) != nil
        guard !isHeld || isWanted else { return }
        var holding =
            holdings[message.digest]?[account.name]
            ?? Holding(
                account: known, archived: message.archived,
                mbox: message.path.hasPrefix("mbox/") ? message.path : nil, place: message.place)
        if holding.place == nil { holding.place = message.place }
        if isWanted, !holding.checkpoints.contains(where: { $0.uniqueID == message.uniqueID }) {
            holding.checkpoints.append(message)
        }
        holdings[message.digest, default: [:]][account.name] = holding
    }

    /// Takes a message that lies in some file of an account, whether or not anybody says so.
    /// - Parameter place: its copy in an mbox.
    mutating func add(found digest: Digest, of account: String, place: Place? = nil) throws {
        if let holding = holdings[digest]?[account] {
            if holding.place == nil { holdings[digest]![account]!.place = place }
            return
        }
        guard try sound.holding(digest, account: account) == nil else { return }
        let known = accounts[account] ?? GroupRecord.Account(name: account, host: "", port: 0, user: "")
        accounts[account] = known
        holdings[digest, default: [:]][account] = Holding(
            account: known, archived: WallClock.now(), mbox: place?.file, place: place, isUnnamed: true)
    }
}
