import Archive
import Catalog
import Manifest
import POP
import Platform
import Transport

/// One session with a maildrop: log in, compare, fetch what is new, wait until it is durable, delete what may go, quit.
///
/// Runs on a thread of its own (see `Schedule`), since every wait on the socket blocks.
struct AccountSession {
    /// How a session ended.
    struct Ending {
        var memory: AccountMemory
        let work: MaildropWork
        /// Of the messages that no earlier session of the run has counted.
        var counts: GroupRecord.Result
        /// `nil` when everything that was listed is archived.
        var failure: AccountFailure?
        /// Another session may bring more: some servers show the oldest few hundred messages only.
        var isMoreExpected = false
        /// The session was only to look for more, and nothing that it saw is missing.
        var isOnlyMore = false
    }

    /// A session that brought so many new messages is followed by another one.
    private static let furtherSessionThreshold = 100

    let account: Account
    let context: JobContext
    let progress: AccountProgress
    let record: GroupRecord.Account
    private var memory: AccountMemory
    private let isFurther: Bool

    init(account: Account, context: JobContext, progress: AccountProgress, memory: AccountMemory) {
        self.account = account
        self.context = context
        self.progress = progress
        self.memory = memory
        record = GroupRecord.Account(account)
        isFurther = memory.looksForMore
    }

    /// Never throws: a failure is part of the ending.
    consuming func run() async -> Ending {
        let sockets = SocketSlot(context.stop)
        defer { sockets.removeAll() }
        var work = MaildropWork(account.name)
        var failure: AccountFailure?
        do {
            try await drain(&work, sockets)
        } catch {
            failure = AccountFailure(error, in: progress.phase)
            if context.stop.isRequested, failure?.kind != .localDisk { failure = .stopped }
            await settleRest(&work)
        }
        let counts = work.counts(without: memory.counted)
        memory.deletedCount += counts.deleted
        let wantsFurther = counts.archived >= Self.furtherSessionThreshold && memory.hasUniqueIDs
        memory.looksForMore = failure == nil && !work.isCutShort && wantsFurther
        return Ending(
            memory: memory, work: work, counts: counts, failure: failure,
            isMoreExpected: work.isCutShort || wantsFurther, isOnlyMore: isFurther && counts.missing == 0)
    }

    private mutating func drain(_ work: inout MaildropWork, _ sockets: SocketSlot) async throws {
        let login = try AccountLogin(
            account, hosts: context.hosts, mask: memory.mask, hasLoggedIn: memory.hasLoggedIn,
            stop: context.stop.flag, onOpen: sockets.add
        ).run(entering: progress.enter)
        let client = login.client
        context.stop.begin(client.handle)
        memory.hasLoggedIn = true
        memory.mask = client.mask
        progress.enter(.listing)
        let isPipelining = login.capabilities.pipelining && !context.hosts[account].isPipeliningBroken
        let state = try context.catalog.maildropState(of: record)
        let listing = try MaildropListing(
            client, isPipelining: isPipelining, checkpoints: state.checkpoints, mayDelete: account.deletion != .never)
        memory.takenBackCount = 0
        memory.hasUniqueIDs = listing.hasUniqueIDs
        work.take(listing, state.checkpoints)
        try await noteWhatIsGone(work, state)
        let line = SessionLine(client: client, isPipelining: isPipelining, status: listing.status)
        try await mapHeaders(&work, line, login.capabilities)
        progress.expect(messages: work.openCount, octets: work.openOctets)
        context.observer.handle(
            .accountListed(account: account.name, listed: listing.listedCount, new: work.openCount))
        progress.enter(.receiving)
        if work.hasOpen { try await fetch(&work, line, state) }
        progress.enter(.committing)
        if !work.entries.isEmpty { try await settle(client) }
        work.isSettled = true
        if account.deletion != .never, login.servesOriginals, !context.stop.isRequested {
            progress.enter(.deleting)
            try await delete(&work, line)
        } else {
            // Nothing was deleted, so a QUIT that fails costs nothing.
            _ = try? client.exchange(.quit)
        }
        if context.stop.isRequested, work.hasOpen { throw CancellationError() }
    }

    private mutating func fetch(
        _ work: inout MaildropWork, _ line: SessionLine, _ state: MaildropState
    ) async throws {
        var fetch = MessageFetch(account, context, progress, memory, quarantined: state.quarantined)
        defer { memory = fetch.memory }
        try await fetch.run(&work, line)
    }

    private mutating func mapHeaders(
        _ work: inout MaildropWork, _ line: SessionLine, _ capabilities: Capabilities
    ) async throws {
        guard !memory.isTopBroken, capabilities.top || capabilities.names.isEmpty else { return }
        do {
            try await HeaderMapping(record, context).run(&work, line)
        } catch {
            // The next session does without.
            memory.isTopBroken = true
            throw error
        }
    }

    private mutating func delete(_ work: inout MaildropWork, _ line: SessionLine) async throws {
        let limit = account.deletionLimit.map { max(0, $0 - memory.deletedCount) }
        try await ServerDeletion(account, context, limit: limit).run(&work, line)
    }

    /// What the listing does not show any more: deletions that lasted, messages that are out of quarantine.
    private func noteWhatIsGone(_ work: MaildropWork, _ state: MaildropState) async throws {
        let (requested, quarantined) = (state.requestedDeletions, state.quarantined)
        guard !requested.isEmpty || !quarantined.isEmpty else { return }
        var notes = AccountNotes(record)
        let listed = work.listedNames
        let now = WallClock.now()
        for name in requested.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where !listed.contains(name) {
            notes.deletions.append(
                GroupRecord.Deletion(account: account.name, uniqueID: name, state: .confirmed, time: now))
        }
        let lasting = requested.keys.count { listed.contains($0) }
        if lasting > 0 {
            context.observer.handle(
                .notice(
                    "\(account.name): \(lasting) messages are still on the server although it accepted their deletion"))
        }
        for (name, tries) in quarantined.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        where !name.isEmpty && !listed.contains(name) {
            notes.quarantines.append(
                GroupRecord.Quarantine(account: account.name, uniqueID: name, tries: tries, reason: nil, time: now))
        }
        try await context.committer.add(notes)
    }

    /// Waits until all that was fetched is durable. Servers close sessions that say nothing for a minute.
    private func settle(_ client: POPClient) async throws {
        let committer = context.committer
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await committer.settle()
                return true
            }
            defer { group.cancelAll() }
            while true {
                group.addTask {
                    try? await Task.sleep(for: .seconds(40))
                    return false
                }
                if try await group.next() == true { return }
                guard try client.exchange(.noop).isOK else { continue }
            }
        }
    }

    /// After a failure: what was received whole is kept, and counts only if it becomes durable.
    private func settleRest(_ work: inout MaildropWork) async {
        do {
            try await context.committer.settle()
            work.isSettled = true
        } catch {
            work.isSettled = false
        }
    }
}

/// The sockets of a session, which a stop may have to cut off.
private final class SocketSlot {
    private let stop: StopControl
    private var handles: [SocketHandle] = []

    init(_ stop: StopControl) { self.stop = stop }

    func add(_ handle: SocketHandle) {
        handles.append(handle)
        stop.add(handle)
    }

    func removeAll() { for handle in handles { stop.remove(handle) } }
}

extension GroupRecord.Account {
    init(_ account: Account) {
        self.init(name: account.name, host: account.host, port: account.port, user: account.user)
    }
}
