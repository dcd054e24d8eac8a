import Archive
import Catalog
import Mail
import Manifest
import Platform

/// The one writer of the archive: takes messages from all sessions, and makes them durable group by group.
///
/// The order of a commit point: members appended -> files synced -> one transaction of the catalogue. Only what
/// `settle` has returned for is archived. While one group is on its way to the disk the next is received, but nothing of
/// it is written: so a crash leaves at most one group behind the committed length. After a failure nothing is written any
/// more and every call throws it.
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

    /// What a message takes in memory besides its own octets, about.
    private static let recordOctets: UInt64 = 2 << 10

    let catalog: Catalog
    let store: any MessageStore
    let limits: CommitLimits
    var group = PendingGroup()
    private let executor: ThreadExecutor
    /// Waits for the disk.
    private let diskExecutor: ThreadExecutor
    private let run: GroupRecord.Run
    private let volumeByteLimit: UInt64
    private var groupNumber = 0
    /// Counts commit points: the one of the group that messages are added to.
    private var commitNumber = 1
    /// The commit point before that one, while it waits for the disk.
    private var commit: Task<Void, Never>?
    /// Received since that began.
    private var heldOctets: UInt64 = 0
    private var waiting: [(commitNumber: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    private(set) var failure: (any Error)?

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
        diskExecutor = ThreadExecutor(name: "disk", role: .task)
        self.catalog = catalog
        self.run = run
        var limits = limits
        limits.octetLimit = min(limits.octetLimit, settings.volumeByteLimit)
        self.limits = limits
        volumeByteLimit = settings.volumeByteLimit
        store =
            switch settings.format {
            case .tar: try VolumeStore(catalog.layout, catalog, pool: pool, open: open)
            case .mbox:
                try MboxStore(
                    catalog.layout, catalog, pool: pool, open: open, fileByteLimit: settings.volumeByteLimit)
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
    ) async throws -> Disposition {
        try await makeRoom(for: message.size)
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
        if !group.isEmpty {
            try await untilCommitted(commitNumber)
        } else if commit != nil {
            try await untilCommitted(commitNumber - 1)
        }
    }

    /// Commits what has waited too long; called now and then.
    func tick() { beginIfWanted() }

    /// Commits what is left, with the results of the run; durable once the catalogue is closed.
    func finish(
        _ results: [GroupRecord.Result], accounts: [GroupRecord.Account], repair: GroupRecord.Repair? = nil
    ) async throws {
        await rest()
        if let failure { throw failure }
        do {
            try catalog.deferSync()
            guard let written = try write(results, accounts, repair) else { return }
            try written.commit(to: catalog)
            try store.seal(volumeByteLimit)
        } catch {
            throw fail(error)
        }
    }

    /// Returns when no commit point waits for the disk.
    func rest() async {
        while let commit { await commit.value }
    }

    /// Ends the threads, when no commit point waits for the disk; nothing may be called afterwards.
    nonisolated func stop() {
        diskExecutor.stop()
        executor.stop()
    }

    // MARK: - Commit points

    /// Waits for the disk where as much is in memory as may be.
    func makeRoom(for octets: UInt64) async throws {
        if let failure { throw failure }
        let needed = octets + Self.recordOctets
        while commit != nil, heldOctets + needed > limits.heldOctetLimit {
            try await untilCommitted(commitNumber - 1)
        }
        if commit != nil { heldOctets += needed }
    }

    /// Returns when a commit point is over. It may be by the time that the wait begins: an actor's own calls may let others
    /// go first.
    private func untilCommitted(_ number: Int) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            if let failure {
                continuation.resume(throwing: failure)
            } else if number < (commit == nil ? commitNumber : commitNumber - 1) {
                continuation.resume()
            } else {
                waiting.append((number, continuation))
                // Goes behind the calls that wait for this actor already.
                Task { self.beginIfWanted() }
            }
        }
    }

    func commitIfDue() throws {
        if let failure { throw failure }
        if commit == nil, group.isDue(limits) { try begin() }
    }

    private func beginIfWanted() {
        guard failure == nil, commit == nil else { return }
        guard group.isDue(limits) || waiting.contains(where: { $0.commitNumber == commitNumber }) else { return }
        do { try begin() } catch { _ = fail(error) }
    }

    /// Writes the group, and leaves the rest of its commit point to the other thread.
    private func begin() throws {
        guard let written = try write([], [], nil) else { return resumeWaiting(through: commitNumber) }
        store.hold(true)
        heldOctets = 0
        commitNumber += 1
        commit = Task.detached(executorPreference: diskExecutor) { [catalog] in
            let result = Result { try written.commit(to: catalog) }
            await self.end(result)
        }
    }

    private func end(_ result: Result<Void, any Error>) {
        commit = nil
        group.earlier = nil
        do {
            if let failure { throw failure }
            try result.get()
            try store.seal(volumeByteLimit)
            store.hold(false)
            resumeWaiting(through: commitNumber - 1)
            beginIfWanted()
        } catch {
            _ = fail(error)
        }
    }

    /// Writes the group to its files, and begins another.
    /// - Returns: `nil` where there is nothing to tell.
    private func write(
        _ results: [GroupRecord.Result], _ accounts: [GroupRecord.Account], _ repair: GroupRecord.Repair?
    ) throws -> WrittenGroup? {
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
        guard !record.isEmpty else { return nil }
        groupNumber += 1
        let written = try store.finish(group, record, number: groupNumber)
        group = PendingGroup(behind: group.contents)
        return written
    }

    private func holding(_ digest: Digest, _ account: String) throws -> String? {
        try group.path(of: PendingGroup.Holding(account: account, message: digest))
            ?? catalog.holding(digest, account: account)
    }

    private func fail(_ error: any Error) -> any Error {
        let failure = failure ?? error
        self.failure = failure
        let failed = waiting
        waiting.removeAll()
        for waiter in failed { waiter.continuation.resume(throwing: failure) }
        return failure
    }

    private func resumeWaiting(through number: Int) {
        let resumed = waiting.filter { $0.commitNumber <= number }
        waiting.removeAll { $0.commitNumber <= number }
        for waiter in resumed { waiter.continuation.resume() }
    }
}
