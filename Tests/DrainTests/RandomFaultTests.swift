import Foundation
import Manifest
import Testing

@testable import Drain

/// Servers that misbehave by seed, with and without deletion: whatever happens, no message is lost, stored twice,
/// altered, filed under the unique-id of another, or deleted before it is in the archive.
///
/// `MAILCASK_SEEDS=5000` plays so many seeds. A failure says with which command its seed is played again, which then
/// prints the server's script and all commands too.
@Suite(.timeLimit(.minutes(60))) struct RandomFaultTests {
    static let isReplay = number("MAILCASK_SEED") != nil
    static let seeds = number("MAILCASK_SEED").map { [$0] } ?? Array(0..<(number("MAILCASK_SEEDS") ?? 48))
    /// Each fault strikes once, so some run before this one meets none.
    static let runLimit = 12

    private static func number(_ variable: String) -> UInt64? {
        ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
    }

    static func replay(_ seed: UInt64) -> String { "MAILCASK_SEED=\(seed) swift test --filter RandomFaultTests" }

    @Test("nothing is lost, doubled, altered or mixed up", arguments: seeds, [DeletionPolicy.never, .archived])
    func faults(seed: UInt64, deletion: DeletionPolicy) async throws {
        var world = try RandomWorld(seed, deletion, replay: Self.replay(seed))
        defer { if Self.isReplay { print(world) } }
        do {
            for isChanged in [false, true] {
                if isChanged { try world.change() }
                _ = try await world.drain(seconds: 0.3)
                try world.check()
            }
            var isDone = false
            for _ in 0..<Self.runLimit where !isDone {
                isDone = try await world.drain(seconds: 2).isComplete && world.isEmptied
                try world.check()
            }
            try world.checkEnd(isDone: isDone)
        } catch {
            Issue.record("\(Self.replay(seed))")
            throw error
        }
    }
}
