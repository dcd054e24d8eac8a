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
        /// Messages that the session brought on: archived, found again, or deleted for the first time in the run. What a
        /// server does not delete brings nothing on the second time.
        let progressCount: Int
        /// Another session may bring more: some servers show the oldest few hundred messages only.
        var isMoreExpected = false
        /// The session was only to look for more, and saw and did nothing new.
        var isOnlyMore = false
        /// There was no room in memory for the listing: nothing was done.
        var lacksRoom = false
    }

    /// A session that got on with so many messages is followed by another one.
    private static let furtherSessionThreshold = 100
    /// Sessions that may break while headers are compared, before the run goes on without.
    private static let topFailureLimit = 2

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
        } catch let full as ListingRoom.Full {
            memory.expectedLineCount = full.lineCount
            return Ending(
                memory: memory, work: work, counts: GroupRecord.Result(account: account.name), progressCount: 0,
                lacksRoom: true)
        } catch {
            if error is LostUniqueIDs { memory.hasLostUniqueIDs = true }
            failure = AccountFailure(error, in: progress.phase)
            if context.stop.isRequested, failure?.kind != .localDisk, failure?.kind != .damaged { failure = .stopped }
            await settleRest(&work)
        }
        let counts = work.counts(without: memory.counted, memory.received)
        memory.deletionCount += work.deletionCount
        if failure != nil, failure?.kind != .damaged { memory.unconfirmed.formUnion(work.askedNames) }
        let firstDeletedCount = work.deletedNames.count { memory.deletedNames.insert($0.hashValue).inserted }
        let progressCount = counts.archived + counts.duplicates + counts.mapped + firstDeletedCount
        let isOnlyMore = isFurther && counts.listed == 0 && work.deletionCount == 0
        if isFurther, failure == nil {
            let before = memory.listedCount
            context.hosts.update(account) { $0.noteFurtherSession(behind: before, foundMore: progressCount > 0) }
        }
        memory.listedCount = work.listedCount
        let wantsFurther =
            progressCount >= Self.furtherSessionThreshold && memory.hasUniqueIDs
            && context.hosts[account].mayHaveMore(than: work.listedCount)
        memory.looksForMore = failure == nil && !work.isCutShort && wantsFurther
        return Ending(
            memory: memory, work: work, counts: counts, failure: failure, progressCount: progressCount,
            isMoreExpected: work.isCutShort || wantsFurther,
            isOnlyMore: isOnlyMore)
    }

    private mutating func drain(_ work: inout MaildropWork, _ sockets: SocketSlot) async throws {
        let room = ListingRoom.Share(of: context.listings, for: account.name)
        defer { withExtendedLifetime(room) {} }
        try holdRoom(room, forLines: memory.expectedLineCount)
        let admit = { [self] in try holdRoom(room, forLines: ($0 as MaildropStatus).messageCount) }
        let state = try context.catalog.maildropState(of: record)
        // The first commit of the run makes the new host the known one.
        if try context.catalog.hasMoved(record) { memory.hasMoved = true }
        let login = AccountLogin(
            account, hosts: context.hosts, mask: memory.mask, hasLoggedIn: memory.hasLoggedIn,
            stop: context.stop.flag, onOpen: sockets.add)
        let maildrop = try ListedMaildrop(
            account, login, context.hosts, state.checkpoints, for: account.deletion == .never ? .archiving : .deleting,
            believesRefusal: memory.hasLostUniqueIDs, entering: progress.enter,
            onLogin: {
                context.stop.begin($0.client.handle)
                memory.hasLoggedIn = true
                memory.mask = $0.client.mask
            },
            admit: context.listings.byteLimit == nil ? nil : admit)
        let (listing, line, client) = (maildrop.listing, maildrop.line, maildrop.login.client)
        memory.takenBackCount = 0
        memory.hasUniqueIDs = listing.hasUniqueIDs
        work.take(listing, state.checkpoints)
        if listing.namesAll { try await noteWhatIsGone(&work, state) }
        memory.unconfirmed.removeAll()
        let isBroken = memory.topFailureCount >= Self.topFailureLimit
        let support = TOPSupport(maildrop.login.capabilities, isBroken: isBroken)
        let mayDelete = account.deletion != .never && maildrop.login.servesOriginals
        try await compare(&work, line, state, support, mayDelete: mayDelete)
        progress.expect(messages: work.openCount, octets: work.openOctets)
        if !isFurther || work.hasOpen {
            context.observer.handle(
                .accountListed(account: account.name, listed: listing.listedCount, new: work.openCount))
        }
        progress.enter(.receiving)
        if work.hasOpen { try await fetch(&work, maildrop, state) }
        progress.enter(.committing)
        if !work.entries.isEmpty { try await settle(client) }
        work.isSettled = true
        if account.deletion != .never, !mayDelete {
            context.observer.handle(
                .notice(
                    "\(account.name): nothing is deleted, since the server refuses UTF8 and so may have sent other "
                        + "messages than it holds"))
        }
        if mayDelete, !context.stop.isRequested {
            progress.enter(.deleting)
            try await delete(&work, line, state)
        } else {
            // A session that follows is to find the maildrop free.
            let facts = context.hosts[account]
            let isLast = work.entries.count < Self.furtherSessionThreshold || !facts.mayHaveMore(than: work.listedCount)
            if isLast, !work.isCutShort, !facts.isSlowAtQuit {
                let (hosts, account) = (context.hosts, account)
                context.farewells.end(client) { hosts.update(account) { $0.isSlowAtQuit = true } }
            } else {
                _ = try? client.exchange(.quit)
            }
        }
        if context.stop.isRequested, work.hasOpen { throw CancellationError() }
    }

    /// Takes room for the checkpoints and a listing.
    private func holdRoom(_ room: ListingRoom.Share, forLines lineCount: Int) throws {
        guard context.listings.byteLimit != nil else { return }
        let checkpointCount = try context.catalog.checkpointCount(ofAccount: account.name)
        try room.hold(
            lines: lineCount, checkpoints: checkpointCount,
            onOverrun: { needed, limit in
                context.observer.handle(
                    .notice(
                        "\(account.name): to compare its \(max(lineCount, checkpointCount)) messages takes about "
                            + "\(needed >> 20) MiB, and `memory` in [job] leaves \(limit >> 20) MiB for that: no other "
                            + "large mailbox is compared meanwhile"))
            })
    }

    private mutating func fetch(
        _ work: inout MaildropWork, _ maildrop: ListedMaildrop, _ state: MaildropState
    ) async throws {
        var fetch = MessageFetch(
            account, context, progress, memory, quarantined: state.quarantined,
            servesOriginals: maildrop.login.servesOriginals)
        defer { memory = fetch.memory }
        try await fetch.run(&work, maildrop.line)
    }

    private mutating func compare(
        _ work: inout MaildropWork, _ line: SessionLine, _ state: MaildropState, _ support: TOPSupport, mayDelete: Bool
    ) async throws {
        var support = support
        progress.enter(.comparing)
        do {
            if support.mayBeAskedFor {
                try await HeaderMapping(account, context, hasMoved: memory.hasMoved).run(&work, line, &support)
            }
            guard mayDelete else { return }
            try DeletionCheck(account: account, context: context, requested: Set(state.requestedDeletions.keys)).run(
                &work, line, limit: deletionLimit, support)
        } catch {
            memory.topFailureCount += 1
            noteBrokenPipelining(line, error)
            throw error
        }
    }

    /// Deletions that may still be made in this run; `nil` is any number.
    private var deletionLimit: Int? { account.deletionLimit.map { max(0, $0 - memory.deletionCount) } }

    private mutating func delete(_ work: inout MaildropWork, _ line: SessionLine, _ state: MaildropState) async throws {
        let deletion = ServerDeletion(
            account, context, limit: deletionLimit, requested: Set(state.requestedDeletions.keys))
        do { try await deletion.run(&work, line) } catch {
            noteBrokenPipelining(line, error)
            throw error
        }
    }

    /// Silence or nonsense while several commands were under way: the next session sends one at a time.
    private func noteBrokenPipelining(_ line: SessionLine, _ error: any Error) {
        let isBroken =
            switch error {
            case let error as TransportError: error.code == .timedOut(.reply)
            case let error as POPError: error.code != .endedInsideReply
            default: false
            }
        guard isBroken, line.isPipelining else { return }
        context.hosts.update(account) { $0.isPipeliningBroken = true }
    }

    /// What the listing does not show any more: deletions that lasted, messages that are out of quarantine.
    private func noteWhatIsGone(_ work: inout MaildropWork, _ state: MaildropState) async throws {
        let (requested, quarantined) = (state.requestedDeletions, state.quarantined)
        guard !requested.isEmpty || !quarantined.isEmpty else { return }
        var notes = AccountNotes(record)
        let listed = work.listed(among: Set(requested.keys).union(quarantined.keys))
        let now = WallClock.now()
        for name in requested.keys.sorted(by: { $0.lexicographicallyPrecedes($1) }) where !listed.contains(name) {
            notes.deletions.append(
                GroupRecord.Deletion(account: account.name, uniqueID: name, state: .confirmed, time: now))
        }
        work.deletedCount = notes.deletions.count { memory.unconfirmed.contains($0.uniqueID) }
        work.deletedBeforeCount = notes.deletions.count { note in
            note.uniqueID.withUnsafeBytes { work.checkpoints.index(of: $0) } != nil
        }
        let lasting = requested.keys.count { listed.contains($0) }
        if lasting > 0 {
            context.observer.handle(
                .notice(
                    "\(account.name): \(lasting) messages are still on the server although their deletion was asked for"
                ))
        }
        for (name, tries) in quarantined.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) })
        where !name.isEmpty && !listed.contains(name) {
            notes.quarantines.append(
                GroupRecord.Quarantine(account: account.name, uniqueID: name, tries: tries, reason: nil, time: now))
        }
        try await context.committer.add(notes)
    }

    /// Waits until all that was fetched is durable.
    private func settle(_ client: POPClient) async throws {
        let committer = context.committer
        try await client.whileWaiting(silence: account.timeouts.silence) { try await committer.settle() }
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
