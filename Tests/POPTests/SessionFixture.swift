import POP
import Testing

/// A recorded stream, the commands sent into it, and what comes of it.
struct SessionFixture: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let batches: [[Command]]
    /// As Latin-1, so that any bytes can be written.
    let stream: [UInt8]
    let expected: [Seen]

    /// - Parameter stream: what follows the greeting.
    init(_ name: String, _ batches: [[Command]], _ stream: String, _ expected: [Seen]) {
        testDescription = name
        self.batches = batches
        self.stream = latin1("+OK hello\r\n" + stream)
        self.expected = [.greeting(isOK: true, "hello")] + expected
    }

    static let one = MessageNumber(1)
    static let two = MessageNumber(2)
    static let longLine = String(repeating: "x", count: 1 << 20)

    static let all = [
        SessionFixture("a greeting alone", [], "", []),
        SessionFixture(
            "a login", [[.user([97])], [.pass(SecretBytes(copying: [98]))], [.stat]],
            "+OK\r\n+OK Logged in.\r\n+OK 2 320\r\n",
            [
                .reply("USER", isOK: true, ""), .reply("PASS", isOK: true, "Logged in."),
                .reply("STAT", isOK: true, "2 320"),
            ]
        ),
        SessionFixture(
            "an AUTH with challenges, an empty one and one without its space among them",
            [[.authenticate("SCRAM-SHA-1", initialResponse: nil)], [.stat]],
            "+ cj1m\r\n+ \r\n+\r\n+ OK\r\n+OK Logged in.\r\n+OK 2 320\r\n",
            [
                .challenge("cj1m"), .challenge(""), .challenge(""), .challenge("OK"),
                .reply("AUTH", isOK: true, "Logged in."), .reply("STAT", isOK: true, "2 320"),
            ]
        ),
        SessionFixture(
            "a refused AUTH, and another one",
            [[.authenticate("A", initialResponse: nil)], [.apop([97], digest: [98])]],
            "-ERR [AUTH] no\r\n+OK\r\n",
            [.reply("AUTH", isOK: false, "[AUTH] no"), .reply("APOP", isOK: true, "")]),
        SessionFixture(
            "a session to its end", [[.noop], [.quit]], "+OK\r\n-ERR some messages not removed\r\n",
            [.reply("NOOP", isOK: true, ""), .reply("QUIT", isOK: false, "some messages not removed")]),
        SessionFixture(
            "status lines ended by LF, in any case, with tabs", [[.noop, .noop, .noop]], "+ok\n-err\tno \n+Ok  two\n",
            [.reply("NOOP", isOK: true, ""), .reply("NOOP", isOK: false, "no "), .reply("NOOP", isOK: true, "two")]),
        SessionFixture(
            "refusals of old servers", [[.noop, .noop]], "+ERR no\r\n-ERROR no\r\n",
            [.reply("NOOP", isOK: false, "no"), .reply("NOOP", isOK: false, "no")]),
        SessionFixture(
            "a lone CR inside a line", [[.noop], [.list]], "+OK a\rb\r\r\n+OK\r\n1\r2\r\n.\r\n",
            [
                .reply("NOOP", isOK: true, "a\rb\r"), .reply("LIST", isOK: true, ""), .line("1\r2"), .end("LIST"),
            ]),
        SessionFixture(
            "an empty listing", [[.list]], "+OK 0 messages\r\n.\r\n",
            [.reply("LIST", isOK: true, "0 messages"), .end("LIST")]),
        SessionFixture(
            "a refused listing", [[.uniqueIDs]], "-ERR unknown command\r\n",
            [.reply("UIDL", isOK: false, "unknown command")]),
        SessionFixture(
            "a listing of odd lines", [[.uniqueIDs]], "+OK\r\n1 a\n\r\n..b\r\n. c\r\n+OK 3 \u{E9}\u{FF}\r\n\0\r\n.\n",
            [
                .reply("UIDL", isOK: true, ""), .line("1 a"), .line(""), .line(".b"), .line(" c"),
                .line("+OK 3 \u{E9}\u{FF}"), .line("\0"), .end("UIDL"),
            ]),
        SessionFixture(
            "capabilities", [[.capabilities]], "+OK\r\nTOP\r\nSASL PLAIN\r\n.\r\n",
            [.reply("CAPA", isOK: true, ""), .line("TOP"), .line("SASL PLAIN"), .end("CAPA")]),
        SessionFixture(
            "an empty message", [[.retrieve(one)]], "+OK 0 octets\r\n.\r\n",
            [.reply("RETR", isOK: true, "0 octets"), .end("RETR")]),
        SessionFixture(
            "a message that looks like replies", [[.retrieve(one)]],
            "+OK\r\n+OK\r\n-ERR\r\n..\r\n\n.\n\r\n.\r\n",
            [.reply("RETR", isOK: true, ""), .end("RETR", "+OK\r\n-ERR\r\n.\r\n\n.\n\r\n")]),
        SessionFixture(
            "pipelined replies", [[.retrieve(one), .retrieve(two), .top(one, lines: 0), .delete(two), .list]],
            "+OK\r\na\r\n.\r\n-ERR gone\r\n+OK\r\nb\r\n.\r\n+OK\r\n+OK\r\n1 3\r\n.\r\n",
            [
                .reply("RETR", isOK: true, ""), .end("RETR", "a\r\n"), .reply("RETR", isOK: false, "gone"),
                .reply("TOP", isOK: true, ""), .end("TOP", "b\r\n"), .reply("DELE", isOK: true, ""),
                .reply("LIST", isOK: true, ""), .line("1 3"), .end("LIST"),
            ]),
        SessionFixture(
            "200 pipelined commands", [Array(repeating: .noop, count: 200)],
            String(repeating: "+OK\r\n", count: 200), Array(repeating: .reply("NOOP", isOK: true, ""), count: 200)),
        SessionFixture(
            "a line of a megabyte in a message", [[.retrieve(one)]], "+OK\r\n\(longLine)\r\n.\r\n",
            [.reply("RETR", isOK: true, ""), .end("RETR", longLine + "\r\n")]),
    ]
}

/// One byte for each character up to U+00FF.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }
