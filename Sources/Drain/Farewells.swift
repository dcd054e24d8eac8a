import POP
import Platform

/// Ends sessions in which nothing was deleted: QUIT goes out, and its answer is awaited beside the sessions that follow.
///
/// So no maildrop waits a round trip for a goodbye, and still no server has its answer refused, or finds itself cut off
/// while it puts a maildrop back.
final class Farewells: Sendable {
    /// Servers that have not answered yet; with more of them, each session waits itself.
    private static let limit = 16
    /// How long an answer that nothing depends on is awaited.
    private static let patience: Duration = .seconds(5)
    /// An answer that takes longer may keep a place at the server that the next session needs.
    private static let promptness: Duration = .milliseconds(500)

    private let thread = ThreadExecutor(name: "farewells", role: .task)
    private let waitingCount = Lock(0)

    deinit { thread.stop() }

    /// Says QUIT. Nothing may be under way in the session, and nobody else may use it from now on.
    /// - Parameter onSlow: called when the answer takes long.
    func end(_ client: POPClient, onSlow: @escaping @Sendable () -> Void) {
        let deadline = Deadline(after: Self.patience)
        guard (try? client.send([.quit])) != nil else { return }
        let hasRoom = waitingCount.withLock { count in
            guard count < Self.limit else { return false }
            count += 1
            return true
        }
        guard hasRoom else {
            client.awaitGoodbye(deadline)
            return
        }
        // The thread is the only one that has the session behind this line.
        nonisolated(unsafe) let client = client
        Task(executorPreference: thread) { [waitingCount] in
            // An answer that came while another one was awaited counts as prompt.
            let start = ContinuousClock.now
            client.awaitGoodbye(deadline)
            if start.duration(to: .now) > Self.promptness { onSlow() }
            waitingCount.withLock { $0 -= 1 }
        }
    }

    /// Waits until all have answered, or have had their time.
    func finish() async { await Task(executorPreference: thread) {}.value }
}
