import Manifest
import POP
import Simulation
import Testing

@testable import Drain

/// Waiting for the disk while a server wants to hear something.
@Suite(.timeLimit(.minutes(1))) struct WaitingTests {
    @Test("what was done while the session was lost counts, and that it was lost is told")
    func lostMeanwhile() async throws {
        let field = try FieldServer([], [FaultRule(.command("NOOP"), .closeBefore(.fin))])
        let login = AccountLogin(field.account(), hosts: HostFacts()) { _ in }
        @Sendable func slow() async throws -> Int {
            try await Task.sleep(for: .milliseconds(600))
            return 7
        }
        let client = try login.run { _ in }.client
        let (value, failure) = try await client.outcome(silence: .milliseconds(50), slow)
        #expect(value == 7 && (failure as? POPError)?.code == .endedInsideReply, "\(String(describing: failure))")
        #expect(field.count("NOOP") == 1)
        let other = try login.run { _ in }.client
        await #expect(throws: POPError.self) { try await other.whileWaiting(silence: .milliseconds(50), slow) }
    }
}
