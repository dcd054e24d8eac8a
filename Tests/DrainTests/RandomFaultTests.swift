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
    private static let replayed = number("MAILCASK_SEED")
    private static let seeds = replayed.map { $0...$0 } ?? 0...(number("MAILCASK_SEEDS") ?? 48)
    /// Worlds at a time: each has threads and sockets.
    private static let laneCount: UInt64 = 6
    /// Each fault strikes once, so some run before this one meets none.
    private static let runLimit = 12

    private static func number(_ variable: String) -> UInt64? {
        ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
    }

    @Test("nothing is lost, doubled, altered or mixed up", arguments: 0..<laneCount)
    func faults(lane: UInt64) async {
        for seed in Self.seeds where seed % Self.laneCount == lane {
            for deletion in [DeletionPolicy.never, .archived] {
                let replay = "MAILCASK_SEED=\(seed) swift test --filter RandomFaultTests"
                do { try await Self.play(seed, deletion, replay) } catch {
                    Issue.record("\(replay), deletion \(deletion)")
                }
            }
        }
    }

    private static func play(_ seed: UInt64, _ deletion: DeletionPolicy, _ replay: String) async throws {
        var world = try RandomWorld(seed, deletion, replay: replay)
        defer { if replayed != nil { print(world) } }
        for isChanged in [false, true] {
            if isChanged { try world.change() }
            _ = try await world.drain(seconds: 0.3)
            try world.check()
        }
        var isDone = false
        for _ in 0..<runLimit where !isDone {
            isDone = try await world.drain(seconds: 2).isComplete && world.isEmptied
            try world.check()
        }
        try world.checkEnd(isDone: isDone)
    }
}
