import Manifest
import Platform
import Testing

@testable import Drain

@Suite(.timeLimit(.minutes(2))) struct ScheduleTests {
    /// What works did, in that order.
    final class Diary: Sendable {
        struct Entry: Sendable {
            let name: String
            let turn: Int
            let began: ContinuousClock.Instant
            let ended: ContinuousClock.Instant
        }

        private struct State {
            var entries: [Entry] = []
            var running: [String: Int] = [:]
            var mostPerHost = 0
            var most = 0
        }

        private let state = Lock(State())

        var entries: [Entry] { state.withLock { $0.entries }.sorted { $0.began < $1.began } }
        var names: [String] { entries.map(\.name) }
        /// The most works at once: over all hosts, and at one.
        var most: (all: Int, perHost: Int) { state.withLock { ($0.most, $0.mostPerHost) } }

        func begin(_ host: String) {
            state.withLock { state in
                state.running[host, default: 0] += 1
                state.mostPerHost = max(state.mostPerHost, state.running[host]!)
                state.most = max(state.most, state.running.values.reduce(0, +))
            }
        }

        func end(_ host: String, _ entry: Entry) {
            state.withLock { state in
                state.running[host]! -= 1
                state.entries.append(entry)
            }
        }
    }

    /// Sleeps in each turn, and waits between them.
    struct Nap: ScheduledWork {
        let name: String
        let host: String
        let diary: Diary
        var milliseconds = 1
        /// The waits before each further turn.
        var waits: [Duration] = []
        var onTurn: @Sendable (Int) -> Void = { _ in }
        private(set) var turnCount = 0

        init(
            _ name: String, _ host: String, _ diary: Diary, milliseconds: Int = 1, waits: [Duration] = [],
            onTurn: @escaping @Sendable (Int) -> Void = { _ in }
        ) {
            (self.name, self.host, self.diary) = (name, host, diary)
            (self.milliseconds, self.waits, self.onTurn) = (milliseconds, waits, onTurn)
        }

        mutating func turn() async -> Turn<String> {
            turnCount += 1
            let began = ContinuousClock.now
            diary.begin(host)
            onTurn(turnCount)
            Process.sleep(milliseconds: milliseconds)
            diary.end(host, Diary.Entry(name: name, turn: turnCount, began: began, ended: .now))
            return turnCount <= waits.count ? .again(after: waits[turnCount - 1]) : .finished(name)
        }
    }

    @Test("works begin in the order given")
    func order() async {
        let diary = Diary()
        let names = (0..<20).map { "work\($0)" }
        var outcomes: [String] = []
        let rest = await Schedule(names.map { Nap($0, "h", diary) }, JobSettings(parallel: 1)).run(
            stop: StopControl(),
            each: {
                outcomes.append($0)
                return true
            })
        #expect(rest.isEmpty && outcomes == names && diary.names == names)
        #expect(diary.most.all == 1)
    }

    @Test("no more at once than the manifest allows, over all and per host; others go ahead of those that have to wait")
    func limits() async {
        let diary = Diary()
        var works = (0..<12).map { Nap("a\($0)", "a", diary, milliseconds: 20) }
        works += (0..<6).map { Nap("b\($0)", "b", diary, milliseconds: 20) }
        let rest = await Schedule(works, JobSettings(parallel: 3, parallelPerHost: 2)).run(
            stop: StopControl(), each: { _ in true })
        #expect(rest.isEmpty && diary.entries.count == 18)
        #expect(diary.most.all <= 3 && diary.most.perHost <= 2)
        // The third place is b's from the start.
        #expect(diary.names.prefix(3).contains("b0"))
    }

    @Test("the last place is another host's where one waits, whatever a slow host is allowed")
    func lastPlace() async {
        let diary = Diary()
        let works = (0..<6).map { Nap("slow\($0)", "slow", diary, milliseconds: 100) }
        let others = (0..<10).map { Nap("quick\($0)", "quick", diary, milliseconds: 1) }
        let schedule = Schedule(works + others, JobSettings(parallel: 4, parallelPerHost: 4))
        _ = await schedule.run(stop: StopControl()) { _ in true }
        #expect(Set(diary.names.prefix(4)) == ["slow0", "slow1", "slow2", "quick0"])
        #expect(Set(diary.names).count == 16)
    }

    @Test("logins at a host keep their distance, also those of further turns, and no other host waits for them")
    func spacing() async {
        let diary = Diary()
        let works = [
            Nap("a0", "a", diary, waits: [.zero]), Nap("a1", "a", diary), Nap("b0", "b", diary), Nap("a2", "a", diary),
        ]
        let interval = Duration.milliseconds(120)
        let rest = await Schedule(works, JobSettings(parallel: 8, parallelPerHost: 8, loginInterval: interval)).run(
            stop: StopControl(), each: { _ in true })
        #expect(rest.isEmpty)
        let begins = diary.entries.filter { $0.name.hasPrefix("a") }.map(\.began)
        #expect(begins.count == 4)
        // The moment is taken before the thread begins, which may come late.
        let shortest = zip(begins, begins.dropFirst()).map { $0.duration(to: $1) }.min() ?? .zero
        #expect(shortest > .milliseconds(40), "\(shortest)")
        #expect(begins[0].duration(to: begins[3]) > .milliseconds(280))
        #expect(diary.entries.first { $0.name == "b0" }!.began < begins[1])
    }

    @Test("a work that waits gives its place to others, and goes on after its wait")
    func waiting() async {
        let diary = Diary()
        let works = [Nap("waiter", "a", diary, waits: [.milliseconds(300)])] + (0..<4).map { Nap("n\($0)", "a", diary) }
        let rest = await Schedule(works, JobSettings(parallel: 1)).run(stop: StopControl(), each: { _ in true })
        #expect(rest.isEmpty)
        #expect(diary.names == ["waiter", "n0", "n1", "n2", "n3", "waiter"])
        let turns = diary.entries.filter { $0.name == "waiter" }
        #expect(turns.map(\.turn) == [1, 2])
        #expect(turns[0].ended.duration(to: turns[1].began) >= .milliseconds(299))
    }

    @Test("a stop ends the waits at once, and gives back what was not finished")
    func stop() async {
        let diary = Diary()
        let stop = StopControl()
        let works = [
            Nap("waiter", "a", diary, waits: [.seconds(60)]),
            Nap("stopper", "a", diary, milliseconds: 100, onTurn: { _ in stop.request() }), Nap("never", "a", diary),
        ]
        let start = ContinuousClock.now
        let rest = await Schedule(works, JobSettings(parallel: 1)).run(stop: stop, each: { _ in true })
        #expect(rest.map(\.name).sorted() == ["never", "waiter"])
        #expect(rest.map(\.turnCount).sorted() == [0, 1])
        #expect(start.duration(to: .now) < .seconds(20))
    }

    @Test("an outcome may end it: what runs is finished, nothing is begun")
    func ending() async {
        let diary = Diary()
        let works = (0..<8).map { Nap("n\($0)", "a", diary, milliseconds: 10) }
        var outcomes = 0
        let rest = await Schedule(works, JobSettings(parallel: 2)).run(
            stop: StopControl(),
            each: { _ in
                outcomes += 1
                return false
            })
        #expect(outcomes == 2 && rest.count == 6)
    }
}
