import POP
import Testing

@Suite struct EchoMaskTests {
    @Test(
        "takes every occurrence of a secret out of a text, and nothing else",
        arguments: [
            ("hunter2", "***"), ("PASS hunter2", "PASS ***"), ("hunter2hunter2!", "******!"),
            ("hhunter2hunter", "h***hunter"), ("hunter", "hunter"), ("", ""), ("Hunter2", "Hunter2"),
        ])
    func masking(text: String, masked: String) throws {
        let mask = try #require(latin1("hunter2").withUnsafeBytes { EchoMask($0) })
        #expect(mask.masked(latin1(text)) == latin1(masked))
    }

    @Test("knows a secret of any bytes, and none that is empty")
    func anyBytes() throws {
        let mask = try #require(([0xFF, 0x1B] as [UInt8]).withUnsafeBytes { EchoMask($0) })
        #expect(mask.masked([1, 0xFF, 0x1B, 2]) == [1, 42, 42, 42, 2])
        #expect(([] as [UInt8]).withUnsafeBytes { EchoMask($0) } == nil)
    }

    @Test("a session with an earlier one's mask shows the password in no greeting either")
    func laterSession() throws {
        let mask = try #require(latin1("hunter2").withUnsafeBytes { EchoMask($0) })
        var session = Session(mask: mask)
        let (_, event) = try latin1("+OK hunter2, welcome\r\n").withUnsafeBytes { try session.next($0) { _ in } }
        guard case .greeting(let reply) = event else { return #expect(Bool(false), "\(event)") }
        #expect(reply.displayText == "***, welcome")
        #expect(session.mask == mask)
        let stray = latin1("hunter2\r\n")
        #expect(throws: POPError(.unsolicited, received: latin1("***\r\n"))) {
            try stray.withUnsafeBytes { try session.next($0) { _ in } }
        }
    }

    @Test(
        "a session shows its password in no text from PASS on",
        arguments: ["+OK 2 hunter2\r\n", "-ERR hunter2\r\n", "hunter2 is wrong\r\n"])
    func session(reply: String) {
        var player = Player([[.pass(SecretBytes(copying: latin1("hunter2")))], [.stat]])
        player.feed(latin1("+OK hello\r\n+OK\r\n" + reply))
        #expect(player.shown.contains("***") && !player.shown.contains("hunter2"), "\(player.shown)")
    }
}
