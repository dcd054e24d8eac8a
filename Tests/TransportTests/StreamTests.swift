import Foundation
import Platform
import Simulation
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
    @Test("carries bytes as they are, in the clear and under TLS", arguments: [false, true], [1, 70_000, 5_000_000])
    func bytes(isSecure: Bool, byteCount: Int) throws {
        let message = (0..<byteCount).map { UInt8(truncatingIfNeeded: ($0 * 31) % 251 | 0x80) }
        let stage = try Stage(
            certificate: isSecure ? .issue() : nil,
            messages: [SimulatedMessage(uniqueID: "a", content: .bytes(message))])
        let wire = try Wire(stage.endpoint)
        for command in ["", "USER ann", "PASS secret", "RETR 1"] {
            if !command.isEmpty { try wire.send(command + "\r\n") }
            #expect(try wire.line().hasPrefix("+OK"))
        }
        let isRight = try wire.bytes(byteCount + 5) == message + Array("\r\n.\r\n".utf8)
        #expect(isRight)
        #expect(try wire.ask("QUIT").hasPrefix("+OK"))
        #expect(try wire.read().isEmpty)
    }

    @Test(
        "a read that waits too long tells what it waited for and which setting bounds it",
        arguments: [
            (TransportError.Phase.greeting, "the greeting", "`reply-timeout`"), (.reply, "a reply", "`reply-timeout`"),
            (.login, "the answer to the login", "`login-timeout`"), (.body, "more of a message", "`stall-timeout`"),
        ], [false, true])
    func timeOut(expected: (phase: TransportError.Phase, what: String, setting: String), isSecure: Bool) throws {
        let stage = try Stage.make([FaultRule(.greeting, .stall)], isSecure: isSecure)
        let wire = try Wire(stage.endpoint)
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try wire.read(timeout: .milliseconds(100), phase: expected.phase)
        }
        #expect(error?.code == .timedOut(expected.phase) && error?.isTemporary == true)
        #expect(error?.message.contains(expected.what) == true && error?.message.contains(expected.setting) == true)
        #expect((.milliseconds(95) ... .seconds(10)).contains(start.duration(to: .now)))
    }

    @Test("a write that nobody takes is given up when the time is over", arguments: [false, true])
    func writeTimeOut(isSecure: Bool) throws {
        let stage = try Stage.make([FaultRule(.greeting, .stall)], isSecure: isSecure)
        let wire = try Wire(stage.endpoint)
        let error = #expect(throws: TransportError.self) {
            try [UInt8](repeating: 97, count: 32 << 20).withUnsafeBytes {
                try wire.connection.write($0, deadline: Deadline(after: .milliseconds(300)))
            }
        }
        #expect(error?.code == .timedOut(.write))
        #expect(error?.message.contains("sending a command") == true)
    }

    @Test("cutting off wakes a waiting read at once", arguments: [false, true])
    func cutOff(isSecure: Bool) throws {
        let stage = try Stage.make([FaultRule(.greeting, .stall)], isSecure: isSecure)
        let wire = try Wire(stage.endpoint)
        let start = ContinuousClock.now
        Cutter.cutOff(wire.connection.handle, afterMilliseconds: 100)
        #expect(Self.endOfStream(wire))
        #expect(start.duration(to: .now) < .seconds(10))
        #expect(Self.endOfStream(wire))
        #expect(throws: TransportError.self) { for _ in 0..<9 { try wire.send("NOOP\r\n") } }
    }

    @Test("a handle that outlives its connection cuts off nothing")
    func lateCutOff() throws {
        let stage = try Stage()
        var handle: SocketHandle?
        do { _ = try Wire(stage.endpoint) { handle = $0 } }
        let other = try Wire(stage.endpoint)
        handle?.cutOff()
        #expect(try other.line().hasPrefix("+OK"))
    }

    @Test(
        "the end of the stream is 0 bytes or an error that says closed, however it comes",
        arguments: [ConnectionEnding.fin, .rst, .tlsCloseNotify], [false, true])
    func ends(how: ConnectionEnding, isSecure: Bool) throws {
        let stage = try Stage.make([FaultRule(.command("NOOP"), .closeBefore(how))], isSecure: isSecure)
        let wire = try Wire(stage.endpoint)
        _ = try wire.line()
        try wire.send("NOOP\r\n")
        #expect(Self.endOfStream(wire))
    }

    @Test("two hundred connections, good and bad ones, leave no descriptor behind")
    func descriptors() async {
        // In a process of its own, where nothing else opens any.
        await #expect(processExitsWith: .success) {
            let good = try Stage(certificate: .issue())
            let bad = try Stage(certificate: .issue(.expired))
            let refusing = try Stage()
            refusing.server.stop()
            _ = try Wire(good.endpoint).line()
            let before = try Self.descriptorCount(good, bad)
            for _ in 0..<50 {
                #expect(try Wire(good.endpoint).line().hasPrefix("+OK"))
                #expect(bad.failure()?.code == .certificate)
                #expect(refusing.failure()?.code == .connectFailed)
                _ = try Wire(good.endpoint)
            }
            #expect(try Self.descriptorCount(good, bad) == before)
        }
    }

    /// The open descriptors of this process, once the servers have closed theirs.
    static func descriptorCount(_ stages: Stage...) throws -> Int {
        while stages.contains(where: { $0.server.liveSessionCount > 0 }) { Process.sleep(milliseconds: 5) }
        Process.sleep(milliseconds: 50)
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    private static func endOfStream(_ wire: Wire) -> Bool {
        do throws(TransportError) { return try wire.read().isEmpty } catch { return error.code == .closed }
    }
}
