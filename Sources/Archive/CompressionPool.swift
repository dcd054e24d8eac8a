import Platform

/// Threads that turn raw member bytes into gzip members, in parallel; the results are taken in any order.
package final class CompressionPool: Sendable {
    /// Names one job until its result is taken.
    struct Ticket: Sendable { fileprivate let number: Int }

    private struct State {
        var waiting: [(number: Int, raw: [UInt8])] = []
        var results: [Int: [UInt8]] = [:]
        var nextNumber = 0
        var isStopping = false
    }

    private let state = Monitor(State())
    package let workerCount: Int

    /// - Parameter workerCount: one for each processor is best.
    package init(_ compression: Compression, workerCount: Int = Process.processorCount) {
        self.workerCount = workerCount
        for index in 0..<workerCount {
            _ = Thread(name: "compress-\(index)") { [state] in Self.work(state, compression) }
        }
    }

    /// Ends the threads; every submitted job must have been taken.
    package func stop() { state.update { $0.isStopping = true } }

    /// Queues a job. The caller bounds how many are under way (see `MemberAppender`).
    func submit(_ raw: [UInt8]) -> Ticket {
        state.update { state in
            let number = state.nextNumber
            state.nextNumber += 1
            state.waiting.append((number, raw))
            return Ticket(number: number)
        }
    }

    /// Blocks until the member is made.
    func take(_ ticket: Ticket) -> [UInt8] { state.wait { $0.results.removeValue(forKey: ticket.number) } }

    private static func work(_ state: Monitor<State>, _ compression: Compression) {
        let compressor = GzipCompressor(compression)
        while true {
            let job: (number: Int, raw: [UInt8])?? = state.wait { state in
                if !state.waiting.isEmpty { return .some(state.waiting.removeFirst()) }
                return state.isStopping ? .some(nil) : nil
            }
            guard case .some(.some(let job)) = job else { return }
            let member = job.raw.withUnsafeBytes { compressor.member(of: $0) }
            state.update { $0.results[job.number] = member }
        }
    }
}
