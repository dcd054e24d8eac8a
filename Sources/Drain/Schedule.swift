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
struct Schedule<Work: ScheduledWork>: Sendable {
    private struct Waiting {
        var work: Work
        var notBefore: ContinuousClock.Instant?
    }

    private enum Event: Sendable {
        case turn(Work, Turn<Work.Outcome>)
        case tick
    }

    /// How often those that wait for a moment are looked at.
    private static var tickPause: Duration { .milliseconds(50) }

    private let job: JobSettings
    private var waiting: [Waiting]
    private var runningPerHost: [String: Int] = [:]
    private var runningCount = 0
    private var nextLogin: [String: ContinuousClock.Instant] = [:]

    /// - Parameter works: in the order in which they should begin.
    init(_ works: [Work], _ job: JobSettings) {
        waiting = works.map { Waiting(work: $0) }
        self.job = job
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
                    case .again(let delay): schedule.waiting.append(Waiting(work: work, notBefore: .now + delay))
                    }
                }
            }
        }
        return schedule.waiting.map(\.work)
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
    private var hasRoomForLater: Bool { runningCount < job.parallel && !waiting.isEmpty }

    private mutating func next() -> Work? {
        guard runningCount < job.parallel else { return nil }
        let now = ContinuousClock.now
        let index = waiting.firstIndex { candidate in
            let host = candidate.work.host
            return runningPerHost[host, default: 0] < job.parallelPerHost && (candidate.notBefore ?? now) <= now
                && (nextLogin[host] ?? now) <= now
        }
        guard let index else { return nil }
        let work = waiting.remove(at: index).work
        runningPerHost[work.host, default: 0] += 1
        runningCount += 1
        if job.loginInterval > .zero { nextLogin[work.host] = now + job.loginInterval }
        return work
    }

    private mutating func end(_ work: Work) {
        runningPerHost[work.host, default: 1] -= 1
        runningCount -= 1
    }
}
