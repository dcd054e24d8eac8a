/// The works of one host that wait for their turn, and how many of it have one.
struct ScheduleLine<Work: ScheduledWork>: Sendable {
    struct Waiting: Sendable {
        let work: Work
        /// Who has a lower one goes first.
        let rank: Int
        let notBefore: ContinuousClock.Instant?
    }

    /// Works that had no turn yet, the first one last.
    private var fresh: [Waiting] = []
    /// Works that go on after a wait, in the order in which they came.
    private var resting: [Waiting] = []
    private var nextLogin: ContinuousClock.Instant?
    var runningCount = 0

    /// All of them, in no order.
    var waiting: [Waiting] { fresh + resting }

    /// Adds a work that goes ahead of those added before.
    mutating func addFirst(_ work: Work, rank: Int) {
        fresh.append(Waiting(work: work, rank: rank, notBefore: nil))
    }

    /// Adds a work that goes on behind all others.
    mutating func addLast(_ work: Work, rank: Int, notBefore: ContinuousClock.Instant) {
        resting.append(Waiting(work: work, rank: rank, notBefore: notBefore))
    }

    /// The rank of the work that may begin now and comes first; `nil` when none may.
    func firstRank(_ now: ContinuousClock.Instant) -> Int? {
        if let nextLogin, nextLogin > now { return nil }
        return fresh.last?.rank ?? rested(now).map { resting[$0].rank }
    }

    /// Takes that work out. There must be one.
    mutating func begin(_ now: ContinuousClock.Instant, loginInterval: Duration) -> Work {
        guard let work = fresh.popLast()?.work ?? rested(now).map({ resting.remove(at: $0).work }) else {
            preconditionFailure("nobody may begin")
        }
        runningCount += 1
        if loginInterval > .zero { nextLogin = now + loginInterval }
        return work
    }

    private func rested(_ now: ContinuousClock.Instant) -> Int? {
        resting.firstIndex { ($0.notBefore ?? now) <= now }
    }
}
