import Archive
import Catalog
import Mail
import Manifest
import Platform

/// The one writer of the archive: takes messages from all sessions, and makes them durable group by group.
///
/// The order of a commit point: members appended -> files synced -> one transaction of the catalogue. Only what
/// `settle` has returned for is archived. After a failure nothing is written any more and every call throws it.
actor Committer {
    /// What became of a message.
    enum Disposition: Sendable {
        /// New for its account; so many of its octets were already stored.
        case archived(savedOctets: UInt64)
        /// The account holds the same bytes already.
        case duplicate
        /// It would be a duplicate, and nothing was noted.
        case unproved
    }

    let catalog: Catalog
    let store: any MessageStore
    let limits: CommitLimits
    var group = PendingGroup()
    private let executor: ThreadExecutor
    private let run: GroupRecord.Run
    private let volumeByteLimit: UInt64
    private var groupNumber = 0
    private var waiting: [CheckedContinuation<Void, any Error>] = []
    private var failure: (any Error)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        _ opening: ArchiveOpening, _ settings: ArchiveSettings, run: GroupRecord.Run, pool: CompressionPool,
        limits: CommitLimits = CommitLimits()
    ) throws {
        try self.init(opening.catalog, opening.open, settings, run: run, pool: pool, limits: limits)
    }

    /// - Parameters:
    ///   - catalog: the archive's, or the one that takes its place.
    ///   - open: where the first group goes.
    init(
        _ catalog: Catalog, _ open: OpenVolume, _ settings: ArchiveSettings, run: GroupRecord.Run,
        pool: CompressionPool, limits: CommitLimits = CommitLimits()
    ) throws {
        executor = ThreadExecutor(name: "committer", role: .actor)
        self.catalog = catalog
        self.run = run
        var limits = limits
        limits.octetLimit = min(limits.octetLimit, settings.volumeByteLimit)
        self.limits = limits
        volumeByteLimit = settings.volumeByteLimit
        store =
            switch settings.format {
            case .tar: try VolumeStore(catalog.layout, catalog, pool: pool, open: open)
            case .mbox: try MboxStore(catalog.layout, catalog, pool: pool, open: open)
            }
    }

    /// Takes a message; it is durable only after the next `settle`.
    /// - Parameters:
    ///   - name: what the server calls it.
    ///   - proof: `header` where the server may have sent another message than it holds (RFC 6856).
    ///   - isProved: the session is known to be in step with the server. Where it is not, the same bytes once more may be
    ///     a reply that came twice, and are not taken for another message.
    func add(
        _ message: IncomingMessage, as name: ListedName, account: GroupRecord.Account,
        proof: GroupRecord.Proof = .content, isProved: Bool = true
    ) throws -> Disposition {
        if let failure { throw failure }
        do {
            let disposition: Disposition
            let path: String
            if let held = try holding(message.digest, account.name) {
                guard isProved else { return .unproved }
                disposition = .duplicate
                path = held
            } else {
                let stored = try store.add(message, account: account.name, to: &group)
                disposition = .archived(savedOctets: message.size - stored.storedOctets)
                path = stored.path
            }
            group.add(
                GroupRecord.Message(
                    account: account.name, uniqueID: name.uniqueID, digest: message.digest, size: message.size,
                    listedOctets: name.octets, proof: proof, isSole: name.isSole, path: path,
                    archived: WallClock.now()),
                account)
            try commitIfDue()
            return disposition
        } catch {
            throw fail(error)
        }
    }

    /// Notes that a message which the account holds has another unique-id now.
    func map(
        _ message: FingerprintedMessage, as name: ListedName, proof: GroupRecord.Proof, account: GroupRecord.Account
    ) throws {
        if let failure { throw failure }
        group.add(
            GroupRecord.Message(
                account: account.name, uniqueID: name.uniqueID, digest: message.digest, size: message.size,
                listedOctets: name.octets, proof: proof, isSole: name.isSole, path: message.path,
                archived: WallClock.now()),
            account)
    }

    /// Notes what a session learnt besides messages.
    func add(_ notes: AccountNotes) throws {
        if let failure { throw failure }
        if !notes.isEmpty { group.add(notes) }
    }

    /// Returns when all that was added before is durable. Sessions that settle at the same time share a commit point.
    func settle() async throws {
        if let failure { throw failure }
        guard !group.isEmpty else { return }
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(continuation)
            // Goes behind the calls that wait for this actor already.
            if waiting.count == 1 { Task { self.commitForWaiting() } }
        }
    }

    /// Commits what has waited too long; called now and then.
    func tick() {
        guard failure == nil, group.isDue(limits) else { return }
        do { try commit(results: []) } catch { _ = fail(error) }
    }

    /// Commits what is left, with the results of the run; durable once the catalogue is closed.
    func finish(
        _ results: [GroupRecord.Result], accounts: [GroupRecord.Account], repair: GroupRecord.Repair? = nil
    ) throws {
        if let failure { throw failure }
        do {
            try catalog.deferSync()
            try commit(results: results, accounts: accounts, repair)
        } catch {
            throw fail(error)
        }
    }

    /// Ends the thread; nothing may be called afterwards.
    nonisolated func stop() { executor.stop() }

    // MARK: - Commit points

    private func commitForWaiting() {
        do {
            if let failure { throw failure }
            if !group.isEmpty { try commit(results: []) }
            resumeWaiting(nil)
        } catch {
            _ = fail(error)
        }
    }

    func commitIfDue() throws {
        if group.isDue(limits) { try commit(results: []) }
    }

    private func commit(
        results: [GroupRecord.Result], accounts: [GroupRecord.Account] = [], _ repair: GroupRecord.Repair? = nil
    ) throws {
        var record = GroupRecord(run: run)
        record.repair = repair
        record.files = group.files.sorted { $0.key < $1.key }.map { GroupRecord.File(path: $0.key, length: $0.value) }
        var named = group.accounts
        for account in accounts { named[account.name] = account }
        record.accounts = named.values.sorted { $0.name < $1.name }
        record.messages = group.checkpoints
        record.deletions = group.deletions
        record.quarantines = group.quarantines
        record.results = results
        guard !record.isEmpty else { return }
        groupNumber += 1
        let rows = try store.finish(group, record, number: groupNumber)
        try catalog.commit(rows)
        group = PendingGroup()
        try store.seal(volumeByteLimit)
    }

    private func holding(_ digest: Digest, _ account: String) throws -> String? {
        if let path = group.holdings[PendingGroup.Holding(account: account, message: digest)] { return path }
        return try catalog.holding(digest, account: account)
    }

    private func fail(_ error: any Error) -> any Error {
        if failure == nil { failure = error }
        resumeWaiting(error)
        return failure ?? error
    }

    private func resumeWaiting(_ error: (any Error)?) {
        let resumed = waiting
        waiting.removeAll()
        for continuation in resumed {
            if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }
    }
}
