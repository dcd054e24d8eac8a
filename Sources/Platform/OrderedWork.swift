/// Work on items that threads do side by side, and whose results come in the order of the items. Only a few are under way at
/// a time, so that neither items nor results pile up.
package struct OrderedWork<Item: Sendable, Output: Sendable>: Sendable {
    private struct State {
        var waiting: [(number: Int, item: Item)] = []
        var outputs: [Int: Output] = [:]
        var isStopping = false
    }

    private let workerCount: Int
    private let makeWorker: @Sendable () -> (Item) -> Output

    /// - Parameters:
    ///   - workerCount: one for each processor is best.
    ///   - makeWorker: called on each thread for what does the work there.
    package init(
        workerCount: Int = Process.processorCount, _ makeWorker: @escaping @Sendable () -> (Item) -> Output
    ) {
        self.workerCount = workerCount
        self.makeWorker = makeWorker
    }

    /// Works until there is no further item, or `take` wants no further result.
    /// - Parameters:
    ///   - next: gives the items, one after the other, on this thread.
    ///   - take: gets the results, on this thread; `false` ends it, and drops what is under way.
    package func run(_ next: () throws -> Item?, take: (Output) throws -> Bool) throws {
        let state = Monitor(State())
        let threads = (0..<workerCount).map { index in
            Thread(name: "work-\(index)") { [makeWorker] in Self.work(state, makeWorker()) }
        }
        defer {
            state.update { state in
                state.waiting.removeAll()
                state.isStopping = true
            }
            for thread in threads { thread.join() }
        }
        var (submitted, taken) = (0, 0)
        var isAtEnd = false
        while true {
            while !isAtEnd, submitted - taken < 2 * workerCount {
                guard let item = try next() else {
                    isAtEnd = true
                    break
                }
                state.update { $0.waiting.append((submitted, item)) }
                submitted += 1
            }
            guard taken < submitted else { return }
            let output = state.wait { $0.outputs.removeValue(forKey: taken) }
            taken += 1
            guard try take(output) else { return }
        }
    }

    private static func work(_ state: Monitor<State>, _ body: (Item) -> Output) {
        while true {
            let job: (number: Int, item: Item)?? = state.wait { state in
                if !state.waiting.isEmpty { return .some(state.waiting.removeFirst()) }
                return state.isStopping ? .some(nil) : nil
            }
            guard case .some(.some(let job)) = job else { return }
            let output = body(job.item)
            state.update { $0.outputs[job.number] = output }
        }
    }
}
