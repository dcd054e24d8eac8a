import Glibc
import Testing

@testable import Platform

@Suite(.timeLimit(.minutes(1))) struct CommandTunnelTests {
    /// What one read of the stream gives; `nil` when nothing comes.
    private static func read(_ tunnel: CommandTunnel) -> [UInt8]? {
        let deadline = Deadline(after: .seconds(20))
        guard EventFlag.wait(for: tunnel.descriptor, or: nil, until: deadline) == .ready else { return nil }
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = recv(tunnel.descriptor, &bytes, bytes.count, 0)
        return count < 0 ? nil : Array(bytes.prefix(count))
    }

    @Test("carries bytes to the command's input and from its output")
    func stream() throws {
        let tunnel = try CommandTunnel("exec cat")
        defer { close(tunnel.descriptor) }
        #expect(send(tunnel.descriptor, "ping", 4, CInt(MSG_NOSIGNAL)) == 4)
        #expect(Self.read(tunnel) == Array("ping".utf8))
        #expect(tunnel.ending(within: .milliseconds(50)) == nil)
        shutdown(tunnel.descriptor, CInt(SHUT_WR))
        #expect(Self.read(tunnel) == [])
        let ending = try #require(tunnel.ending(within: .seconds(20)))
        #expect(ending.exitStatus == 0 && ending.signal == nil && ending.errors.isEmpty)
        #expect(tunnel.end().exitStatus == 0)
    }

    @Test(
        "tells how the command ended, with the last 2 KiB of its standard error",
        arguments: [
            ("echo gone >&2; exit 7", CInt?(7), CInt?.none, "gone\n"), ("kill -TERM $$", nil, SIGTERM, ""),
            ("yes | head -n 50000 >&2; echo end >&2", 0, nil, String(repeating: "y\n", count: 1022) + "end\n"),
        ])
    func ending(command: String, exitStatus: CInt?, signal: CInt?, errors: String) throws {
        let tunnel = try CommandTunnel(command)
        defer { close(tunnel.descriptor) }
        let ending = try #require(tunnel.ending(within: .seconds(20)))
        #expect(ending.exitStatus == exitStatus && ending.signal == signal)
        #expect(String(decoding: ending.errors, as: UTF8.self) == errors)
    }

    @Test("ends a command that does not end by itself, and does not wait for what has left its group")
    func forced() throws {
        let start = ContinuousClock.now
        let tunnel = try CommandTunnel("trap '' TERM HUP; setsid sleep 3 & echo x; while :; do sleep 1; done")
        #expect(Self.read(tunnel) == Array("x\n".utf8))
        close(tunnel.descriptor)
        #expect(tunnel.end().signal == SIGKILL)
        #expect(start.duration(to: .now) < .milliseconds(2500))
    }
}
