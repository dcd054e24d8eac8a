import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct MonitorTests {
    @Test("hands values from thread to thread, each once")
    func handOver() {
        let queue = Monitor<[Int]>([])
        let sum = Monitor((total: 0, count: 0))
        let takers = (0..<4).map { index in
            Thread(name: "taker \(index)") {
                while true {
                    let value = queue.wait { $0.popLast() }
                    if value < 0 { return }
                    sum.update { $0 = ($0.total + value, $0.count + 1) }
                }
            }
        }
        for value in 1...1000 { queue.update { $0.append(value) } }
        let result = sum.wait { $0.count == 1000 ? $0.total : nil }
        #expect(result == 500_500)
        queue.update { $0 += [-1, -1, -1, -1] }
        takers.forEach { $0.join() }
    }

    @Test("wakes those who wait for what a wait has changed")
    func waitingChanges() {
        let state = Monitor(0)
        let second = Thread(name: "second") { state.wait { $0 == 2 ? () : nil } }
        let first = Thread(name: "first") {
            state.wait { (state: inout Int) -> Void? in
                guard state == 1 else { return nil }
                state = 2
                return ()
            }
        }
        state.update { $0 = 1 }
        first.join()
        second.join()
    }

    @Test("lets go of its lock when the body throws")
    func throwing() {
        struct Failure: Error {}
        let state = Monitor(0)
        #expect(throws: Failure.self) {
            try state.update { state throws in
                state = 1
                throw Failure()
            }
        }
        #expect(state.update { $0 } == 1)
    }

    @Test("joining a thread that has ended returns at once")
    func join() {
        let ran = Monitor(false)
        let thread = Thread(name: "a name of more than fifteen bytes") { ran.update { $0 = true } }
        thread.join()
        thread.join()
        #expect(ran.update { $0 })
    }
}
