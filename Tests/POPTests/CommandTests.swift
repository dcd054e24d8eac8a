import POP
import Testing

@Suite struct CommandTests {
    private static let number = MessageNumber(.max)

    @Test(
        "goes on the wire with single spaces and CRLF",
        arguments: [
            (Command.capabilities, "CAPA\r\n"), (.startTLS, "STLS\r\n"), (.user(latin1("ann b")), "USER ann b\r\n"),
            (.pass(SecretBytes(copying: latin1(" two  words \u{E9}"))), "PASS  two  words \u{E9}\r\n"),
            (.apop(latin1("ann"), digest: latin1("c4c9")), "APOP ann c4c9\r\n"),
            (.authenticate("LOGIN", initialResponse: nil), "AUTH LOGIN\r\n"),
            (.authenticate("EXTERNAL", initialResponse: SecretBytes(copying: [])), "AUTH EXTERNAL =\r\n"),
            (
                .authenticate("PLAIN", initialResponse: SecretBytes(copying: latin1("AGEAYg=="))),
                "AUTH PLAIN AGEAYg==\r\n"
            ),
            (.stat, "STAT\r\n"),
            (.list, "LIST\r\n"), (.scan(MessageNumber(3)), "LIST 3\r\n"),
            (.uniqueIDs, "UIDL\r\n"), (.retrieve(number), "RETR 4294967295\r\n"),
            (.top(MessageNumber(1), lines: 0), "TOP 1 0\r\n"), (.delete(MessageNumber(7)), "DELE 7\r\n"),
            (.utf8, "UTF8\r\n"), (.noop, "NOOP\r\n"), (.quit, "QUIT\r\n"),
        ])
    func wire(command: Command, text: String) throws {
        var session = try SessionTests.greeted()
        var wire = latin1("before")
        session.send(command, to: &wire)
        #expect(wire == latin1("before" + text))
        #expect(text.hasPrefix(command.keyword))
        #expect(session.inFlightCount == 1)
    }

    @Test("lets ordinary commands go together")
    func pipelining() throws {
        var session = try SessionTests.greeted()
        var wire: [UInt8] = []
        for command in [Command.user([97]), .capabilities, .stat, .delete(Self.number)] {
            session.send(command, to: &wire)
        }
        #expect(session.inFlightCount == 4)
    }

    // The bodies of exit tests run in processes of their own and can take nothing along.

    @Test("nothing may be sent behind a barrier")
    func behindBarriers() async {
        await #expect(processExitsWith: .failure) { try Self.send([.pass(SecretBytes(copying: [97])), .stat]) }
        await #expect(processExitsWith: .failure) { try Self.send([.startTLS, .capabilities]) }
        await #expect(processExitsWith: .failure) { try Self.send([.quit, .noop]) }
    }

    @Test("a barrier may not be sent behind anything")
    func barriersBehind() async {
        await #expect(processExitsWith: .failure) { try Self.send([.user([97]), .pass(SecretBytes(copying: [97]))]) }
        await #expect(processExitsWith: .failure) { try Self.send([.capabilities, .startTLS]) }
        await #expect(processExitsWith: .failure) { try Self.send([.noop, .quit]) }
    }

    @Test("nothing may be sent before the greeting")
    func beforeGreeting() async {
        await #expect(processExitsWith: .failure) {
            var session = Session()
            var wire: [UInt8] = []
            session.send(.noop, to: &wire)
        }
    }

    @Test("no line break gets into a command")
    func lineBreaks() async {
        await #expect(processExitsWith: .failure) { try Self.send([.user([97, 10])]) }
        await #expect(processExitsWith: .failure) { try Self.send([.pass(SecretBytes(copying: [13, 97]))]) }
        await #expect(processExitsWith: .failure) { try Self.send([.pass(SecretBytes(copying: [0]))]) }
        await #expect(processExitsWith: .success) { try Self.send([.pass(SecretBytes(copying: [97]))]) }
    }

    static func send(_ commands: [Command]) throws {
        var session = try SessionTests.greeted()
        var wire: [UInt8] = []
        for command in commands { session.send(command, to: &wire) }
    }
}
