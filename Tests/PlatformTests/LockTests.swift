import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct LockTests {
    @Test("loses no change of any thread")
    func counting() {
        let count = Lock(0)
        let threads = (0..<4).map { index in
            Thread(name: "counter \(index)") { for _ in 0..<20_000 { count.withLock { $0 += 1 } } }
        }
        threads.forEach { $0.join() }
        #expect(count.withLock { $0 } == 80_000)
    }

    @Test("is free again when the body throws, with what the body had changed")
    func throwing() {
        struct Failure: Error {}
        let state = Lock(0)
        #expect(throws: Failure.self) {
            try state.withLock { state throws in
                state = 1
                throw Failure()
            }
        }
        #expect(state.withLock { $0 } == 1)
    }
}
