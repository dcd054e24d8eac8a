import Manifest
import Platform

/// Runs something for each account, so many at once, so many per host, each on a thread of its own that may block.
struct Schedule: Sendable {
    private let accounts: [Account]
    private let job: JobSettings

    /// - Parameter accounts: in the order in which they should begin.
    init(_ accounts: [Account], _ job: JobSettings) {
        self.accounts = accounts
        self.job = job
    }

    /// Runs to the end.
    /// - Parameters:
    ///   - body: on the account's own thread.
    ///   - each: gets the results one after the other; `false` begins no further account.
    /// - Returns: the accounts that were not begun.
    func run<Result: Sendable>(
        stop: StopControl, body: @escaping @Sendable (Account) async -> Result, each: (Result) -> Bool
    ) async -> [Account] {
        var waiting = accounts
        var running: [String: Int] = [:]
        await withTaskGroup(of: (Result, host: String).self) { group in
            var runningCount = 0
            var goesOn = true
            while true {
                while goesOn, !stop.isRequested, runningCount < job.parallel,
                    let index = waiting.firstIndex(where: { running[$0.host, default: 0] < job.parallelPerHost })
                {
                    let account = waiting.remove(at: index)
                    running[account.host, default: 0] += 1
                    runningCount += 1
                    let thread = ThreadExecutor(name: "session", role: .task)
                    group.addTask(executorPreference: thread) {
                        defer { thread.stop() }
                        return (await body(account), account.host)
                    }
                }
                guard let (result, host) = await group.next() else { break }
                running[host, default: 1] -= 1
                runningCount -= 1
                if !each(result) { goesOn = false }
            }
        }
        return waiting
    }
}
