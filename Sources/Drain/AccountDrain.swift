package import Archive
import Catalog
import Manifest
import POP
import Platform

/// The drain of one maildrop in one run, over as many sessions as it takes. Each turn is a session.
struct AccountDrain: ScheduledWork {
    /// Sessions in a row that get on with nothing, before the run leaves the rest to the next one.
    private static let idleSessionLimit = 3
    /// Between two looks whether there is room in memory.
    private static let roomPause: Duration = .seconds(1)

    let account: Account
    let context: JobContext
    private let progress: AccountProgress
    private var policy: RetryPolicy
    private var memory: AccountMemory
    /// Counts of the sessions that ended.
    private var total: GroupRecord.Result

    var host: String { account.host }

    init(_ account: Account, _ context: JobContext, _ lastRun: LastRun?) {
        self.account = account
        self.context = context
        progress = AccountProgress(account: account.name)
        policy = RetryPolicy(context.job)
        total = GroupRecord.Result(account: account.name)
        memory = AccountMemory()
        memory.hasLoggedIn = lastRun.map { $0.endedWell && $0.account == GroupRecord.Account(account) } ?? false
    }

    mutating func turn() async -> Turn<AccountReport> {
        if !memory.isStarted {
            memory.isStarted = true
            context.observer.handle(.accountStarted(progress))
            for weakness in account.weaknesses { context.observer.handle(.notice("\(account.name): \(weakness)")) }
        }
        // Another account of the host may have shown meanwhile that it lists all that it has.
        if memory.looksForMore, !context.hosts[account].mayHaveMore(than: memory.listedCount) { return finished(nil) }
        let start = ContinuousClock.now
        let session = AccountSession(account: account, context: context, progress: progress, memory: memory)
        let ending = await session.run()
        memory = ending.memory
        if ending.lacksRoom { return awaitRoom() }
        memory.isWaitingForRoom = false
        total.add(ending.counts)
        total.seconds += start.duration(to: .now).inSeconds
        let counts = ending.counts
        memory.idleSessionCount = ending.progressCount > 0 ? 0 : memory.idleSessionCount + 1
        // Damage here keeps messages on the server, but no others away from the archive.
        if ending.failure?.kind == .damaged { memory.damage = memory.damage ?? ending.failure }
        guard let failure = ending.failure, failure.kind != .damaged else {
            guard ending.isMoreExpected, !context.stop.isRequested else { return finished(nil) }
            guard memory.idleSessionCount < Self.idleSessionLimit else {
                return finished(counts.left > 0 ? .noProgress(sessionCount: memory.idleSessionCount) : nil)
            }
            handOver(ending)
            return .again(after: .zero)
        }
        if ending.isOnlyMore, failure.kind == .retry {
            context.observer.handle(
                .notice("\(account.name): whether the server has more than it listed is not known: \(failure)"))
            return finished(nil)
        }
        let madeProgress = counts.archived + counts.duplicates + counts.mapped + counts.deleted > 0
        switch policy.decide(failure.kind, madeProgress: madeProgress) {
        case .giveUp: return finished(failure)
        case .again(let delay):
            guard !context.stop.isRequested else { return finished(.stopped) }
            progress.enter(.waiting)
            context.observer.handle(
                .accountWaits(account: account.name, reason: "\(failure)", seconds: delay.inSeconds))
            handOver(ending)
            return .again(after: delay)
        }
    }

    /// Others have the place meanwhile.
    private mutating func awaitRoom() -> Turn<AccountReport> {
        guard !context.stop.isRequested else { return finished(.stopped) }
        progress.enter(.waiting)
        if !memory.isWaitingForRoom {
            context.observer.handle(
                .accountWaits(
                    account: account.name,
                    reason: "the memory of the job has no room for another listing as large as this one",
                    seconds: Self.roomPause.inSeconds))
        }
        memory.isWaitingForRoom = true
        return .again(after: Self.roomPause)
    }

    /// The report of an account that waits for another turn when the job ends.
    func stopped() -> AccountReport? {
        guard memory.isStarted else { return nil }
        var result = counts
        result.error = "\(AccountFailure.stopped)"
        return AccountReport(result: result, failure: .stopped)
    }

    /// What a session settled is not counted again; what it left is counted by the next one, which lists it again.
    private mutating func handOver(_ ending: AccountSession.Ending) {
        ending.work.count(into: &memory.counted)
        total.listed -= ending.counts.missing
        total.left -= ending.counts.left
        total.quarantined -= ending.counts.quarantined
        memory.takenBackCount += ending.counts.missing
    }

    /// The counts so far, with what no later session came to list.
    private var counts: GroupRecord.Result {
        var result = total
        result.listed += memory.takenBackCount
        result.left += memory.takenBackCount
        return result
    }

    private func finished(_ failure: AccountFailure?) -> Turn<AccountReport> {
        var result = counts
        var failure = failure ?? memory.damage
        if failure == nil, !result.isBalanced { failure = .unbalanced(result) }
        result.error = failure.map { "\($0)" }
        progress.enter(.finished)
        return .finished(AccountReport(result: result, failure: failure))
    }
}

/// What the sessions of one account in one run hand on.
struct AccountMemory: Sendable {
    var isStarted = false
    /// A login went well, in this run or in the last one: a refusal may be a throttle and not a wrong password.
    var hasLoggedIn = false
    /// Takes the password out of what the server sends.
    var mask: EchoMask?
    var counted = CountedMessages()
    /// What speaks against messages at which sessions broke; see `MessageFetch`.
    var strikes: [MessageKey: Int] = [:]
    /// Messages that this run does not ask for any more.
    var givenUp: Set<MessageKey> = []
    /// Messages whose quarantine this run has noted, with the runs in which they could not be had.
    var tries: [MessageKey: Int] = [:]
    /// Messages without a name that were received.
    var received: Set<MessageKey> = []
    var hasUniqueIDs = false
    /// The run before was with another host, port or user.
    var hasMoved = false
    /// UIDL was refused once where it went well in earlier runs.
    var hasLostUniqueIDs = false
    /// Sessions that broke while headers were compared.
    var topFailureCount = 0
    /// Deletions that were asked for so far and not refused, confirmed or not.
    var deletionCount = 0
    /// Hashes of the unique-ids whose deletion the server has accepted in this run.
    var deletedNames: Set<Int> = []
    /// Unique-ids whose deletion this run asked for in sessions that failed: the next listing tells.
    var unconfirmed: Set<[UInt8]> = []
    /// Messages that the last session was shown.
    var listedCount = 0
    /// Lines for which there was no room in memory.
    var expectedLineCount = 0
    /// The account waits for room in memory, and said so.
    var isWaitingForRoom = false
    /// A session before this one was complete: this one only looks for more.
    var looksForMore = false
    /// The last sessions, which got on with nothing.
    var idleSessionCount = 0
    /// A copy that could not be read back, so that its message stays on the server.
    var damage: AccountFailure?
    /// Missing messages of the last session, which the next one is to count.
    var takenBackCount = 0
}

/// A message as it is known from one session of a run to the next.
enum MessageKey: Hashable, Sendable {
    case name(UniqueID)
    /// Where unique-ids say nothing.
    case number(MessageNumber, octets: UInt64?)

    init(_ entry: MaildropListing.Entry) {
        self = entry.isNameTrusted ? .name(entry.uniqueID) : .number(entry.number, octets: entry.octets)
    }
}

extension GroupRecord.Result {
    /// Adds the counts of another session or account.
    package mutating func add(_ other: GroupRecord.Result) {
        listed += other.listed
        alreadyArchived += other.alreadyArchived
        mapped += other.mapped
        archived += other.archived
        duplicates += other.duplicates
        quarantined += other.quarantined
        left += other.left
        deleted += other.deleted
        octets += other.octets
        savedOctets += other.savedOctets
    }
}
