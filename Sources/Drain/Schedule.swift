import Manifest
import Platform

/// Work for an account that may take several turns with waits between them, during which others have its place.
protocol ScheduledWork: Sendable {
    associatedtype Outcome: Sendable

    /// Works of one host are limited together.
    var host: String { get }

    /// One turn, on a thread of its own that may block.
    mutating func turn() async -> Turn<Outcome>
}

/// How a turn ended.
enum Turn<Outcome: Sendable>: Sendable {
    case finished(Outcome)
    case again(after: Duration)
}

/// Gives works their turns: so many at once, so many per host, logins at one host so far apart.
///
/// Those that come first begin first, unless their host has as many as it may. The last place is left to another host
/// where one may begin, so that a slow host does not keep all others waiting, whatever it is allowed.
struct Schedule<Work: ScheduledWork>: Sendable {
    private enum Event: Sendable {
        case turn(Work, Turn<Work.Outcome>)
        case tick
    }

    /// How often those that wait for a moment are looked at.
    private static var tickPause: Duration { .milliseconds(50) }

    private let job: JobSettings
    private var lines: [ScheduleLine<Work>] = []
    private var lineOfHost: [String: Int] = [:]
    private var runningCount = 0
    private var waitingCount: Int
    private var nextRank: Int

    /// - Parameter works: in the order in which they should begin.
    init(_ works: [Work], _ job: JobSettings) {
        self.job = job
        waitingCount = works.count
        nextRank = works.count
        for (rank, work) in works.enumerated().reversed() { lines[line(of: work.host)].addFirst(work, rank: rank) }
    }

    /// Runs to the end.
    /// - Parameter each: gets the outcomes one after the other; `false` begins no further turn.
    /// - Returns: the works that were not finished: never begun, or waiting for another turn.
    consuming func run(stop: StopControl, each: (Work.Outcome) -> Bool) async -> [Work] {
        var schedule = self
        var goesOn = true
        await withTaskGroup(of: Event.self) { group in
            var isTicking = false
            while true {
                while goesOn, !stop.isRequested, let work = schedule.next() { Self.begin(work, in: &group) }
                let hasToWait = goesOn && !stop.isRequested && schedule.hasRoomForLater
                if hasToWait, !isTicking {
                    isTicking = true
                    group.addTask {
                        try? await Task.sleep(for: Self.tickPause)
                        return .tick
                    }
                }
                guard let event = await group.next() else { break }
                switch event {
                case .tick: isTicking = false
                case .turn(let work, let turn):
                    schedule.end(work)
                    switch turn {
                    case .finished(let outcome): if !each(outcome) { goesOn = false }
                    case .again(let delay): schedule.putBack(work, notBefore: .now + delay)
                    }
                }
            }
        }
        return schedule.lines.flatMap(\.waiting).sorted { $0.rank < $1.rank }.map(\.work)
    }

    private static func begin(_ work: Work, in group: inout TaskGroup<Event>) {
        let thread = ThreadExecutor(name: "session", role: .task)
        group.addTask(executorPreference: thread) {
            defer { thread.stop() }
            var work = work
            let turn = await work.turn()
            return .turn(work, turn)
        }
    }

    /// Whether somebody waits for a moment rather than for a place.
    private var hasRoomForLater: Bool { runningCount < job.parallel && waitingCount > 0 }

    private mutating func line(of host: String) -> Int {
        if let line = lineOfHost[host] { return line }
        lineOfHost[host] = lines.count
        lines.append(ScheduleLine())
        return lines.count - 1
    }

    private mutating func putBack(_ work: Work, notBefore: ContinuousClock.Instant) {
        lines[line(of: work.host)].addLast(work, rank: nextRank, notBefore: notBefore)
        nextRank += 1
        waitingCount += 1
    }

    private mutating func next() -> Work? {
        guard runningCount < job.parallel else { return nil }
        let now = ContinuousClock.now
        let isLastPlace = runningCount == job.parallel - 1
        var first: (line: Int, rank: Int)?
        var firstOfOthers: (line: Int, rank: Int)?
        for line in lines.indices where lines[line].runningCount < job.parallelPerHost {
            guard let rank = lines[line].firstRank(now) else { continue }
            if rank < first?.rank ?? .max { first = (line, rank) }
            let holdsAllOthers = isLastPlace && runningCount > 0 && lines[line].runningCount == runningCount
            if !holdsAllOthers, rank < firstOfOthers?.rank ?? .max { firstOfOthers = (line, rank) }
        }
        guard let line = (firstOfOthers ?? first)?.line else { return nil }
        runningCount += 1
        waitingCount -= 1
        return lines[line].begin(now, loginInterval: job.loginInterval)
    }

    private mutating func end(_ work: Work) {
        lines[line(of: work.host)].runningCount -= 1
        runningCount -= 1
    }
}
