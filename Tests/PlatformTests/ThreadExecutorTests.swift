import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct ThreadExecutorTests {
    /// An actor with a thread of its own.
    actor Keeper {
        private let executor: ThreadExecutor
        private var values: [Int] = []

        init(_ executor: ThreadExecutor) { self.executor = executor }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func add(_ value: Int) -> UInt {
            preconditionIsolated()
            values.append(value)
            return Self.thread()
        }

        /// Blocks the actor's thread until the gate is open.
        func wait(_ gate: Monitor<Bool>) { gate.wait { $0 ? () : nil } }

        var count: Int { values.count }

        private static func thread() -> UInt { pthread_self() }
    }

    /// More than any cooperative pool has threads.
    private static let manyCount = 64

    @Test("carries a task and its awaits on one thread")
    func task() async {
        let executor = ThreadExecutor(name: "task", role: .task)
        defer { executor.stop() }
        let threads = await withTaskGroup(of: [UInt].self) { group in
            group.addTask(executorPreference: executor) {
                var threads = [Self.thread()]
                await Task.yield()
                threads.append(Self.thread())
                try? await Task.sleep(for: .milliseconds(1))
                threads.append(Self.thread())
                return threads
            }
            return await group.next()!
        }
        #expect(Set(threads).count == 1)
    }

    @Test("tasks that block on their threads do not block others")
    func blockingTasks() async {
        let gate = Monitor(false)
        let arrived = Monitor(0)
        let executors = (0..<Self.manyCount).map { ThreadExecutor(name: "blocked \($0)", role: .task) }
        await withTaskGroup(of: Void.self) { group in
            for executor in executors {
                group.addTask(executorPreference: executor) {
                    arrived.update { $0 += 1 }
                    gate.wait { $0 ? () : nil }
                }
            }
            // This runs on the cooperative pool, and only when all of them block does it open the gate.
            group.addTask {
                while arrived.update({ $0 }) < Self.manyCount { try? await Task.sleep(for: .milliseconds(1)) }
                gate.update { $0 = true }
            }
        }
        executors.forEach { $0.stop() }
    }

    @Test("carries an actor on one thread, its calls one after the other")
    func actor() async {
        let executor = ThreadExecutor(name: "actor", role: .actor)
        defer { executor.stop() }
        let keeper = Keeper(executor)
        let threads = await withTaskGroup(of: UInt.self) { group in
            for value in 0..<500 { group.addTask { await keeper.add(value) } }
            return await group.reduce(into: Set<UInt>()) { $0.insert($1) }
        }
        #expect(threads.count == 1)
        #expect(await keeper.count == 500)
    }

    @Test("actors that block on their threads do not block others")
    func blockingActors() async {
        let gate = Monitor(false)
        let executors = (0..<Self.manyCount).map { ThreadExecutor(name: "blocked \($0)", role: .actor) }
        await withTaskGroup(of: Void.self) { group in
            for executor in executors {
                let keeper = Keeper(executor)
                group.addTask { await keeper.wait(gate) }
            }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(20))
                gate.update { $0 = true }
            }
        }
        executors.forEach { $0.stop() }
    }

    @Test("a task on an executor may call an actor on another and comes back")
    func crossing() async {
        let (tasks, actors) = (ThreadExecutor(name: "task", role: .task), ThreadExecutor(name: "actor", role: .actor))
        let keeper = Keeper(actors)
        let (before, inside, after) = await withTaskExecutorPreference(tasks) {
            let before = Self.thread()
            let inside = await keeper.add(1)
            return (before, inside, Self.thread())
        }
        #expect(before == after && before != inside)
        tasks.stop()
        actors.stop()
    }

    /// Which thread this is. Not for async functions, says its C name; here it is the very question.
    private static func thread() -> UInt { pthread_self() }
}
