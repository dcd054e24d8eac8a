import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

/// Servers that refuse, lie or hang: the account's failure says what happened, and no other account is touched.
@Suite(.timeLimit(.minutes(10))) struct FailureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let rules: [FaultRule]
        let kind: AccountFailure.Kind
        let words: [String]
        var seconds = 20.0
        var testDescription: String { name }

        init(
            _ name: String, _ point: FaultPoint, _ fault: Fault, _ kind: AccountFailure.Kind, _ words: [String],
            seconds: Double = 20, times: Int = 1
        ) {
            self.name = name
            rules = [FaultRule(point, fault, when: .upTo(times))]
            (self.kind, self.words, self.seconds) = (kind, words, seconds)
        }
    }

    private static func line(_ text: String) -> Fault { .replyBytes(Array((text + "\r\n").utf8)) }

    /// What is wrong with an answer to one of several questions is asked for once more, alone: it has to come twice.
    static let cases: [Case] = [
        Case(
            "wrong password", .command("PASS"), .replyText("-ERR [AUTH] no"), .refused,
            ["refuses the login of ann", "[AUTH]", "password"]),
        Case(
            "wrong password, echoed", .command("PASS"), .replyText("-ERR PASS \(Bench.password) is wrong"), .refused,
            ["***"]),
        Case(
            "the password for a reply", .command("PASS"), line("PASS \(Bench.password)"), .refused, ["not a POP3 reply"]
        ),
        Case(
            "the password in a later refusal", .command("STAT"), .replyText("-ERR [SYS/PERM] \(Bench.password)"),
            .refused,
            ["***"]),
        Case(
            "the password in place of a reply", .command("STAT"), line("x \(Bench.password)"), .refused, ["***"],
            times: 2),
        Case(
            "the password in a listing", .command("UIDL"), line("+OK\r\n\(Bench.password)\r\n."), .refused, ["***"],
            times: 2),
        Case("the password behind a reply", .command("PASS"), line("+OK\r\nPASS \(Bench.password)"), .refused, []),
        Case("mailbox in use", .command("PASS"), .replyText("-ERR [IN-USE] locked"), .retry, ["run again later"]),
        Case("login delay", .command("PASS"), .replyText("-ERR [LOGIN-DELAY] 900 s"), .retry, ["run again later"]),
        Case("unknown user", .command("USER"), .replyText("-ERR who?"), .refused, ["who?", "check `user`"]),
        Case("greeting refused", .greeting, .replyText("-ERR go away"), .refused, ["greeting", "go away"]),
        Case("greeting busy", .greeting, .replyText("-ERR too many connections"), .retry, ["too many"]),
        Case("an IMAP server", .greeting, line("* OK IMAP4rev1"), .refused, ["IMAP", "port"]),
        Case("a web server", .greeting, line("HTTP/1.1 400 Bad Request"), .refused, ["web server"]),
        Case("STAT refused", .command("STAT"), .replyText("-ERR [SYS/PERM] broken"), .refused, ["STAT", "broken"]),
        Case("STAT nonsense", .command("STAT"), line("+OK many messages"), .refused, ["STAT"], times: 2),
        Case("STAT of billions", .command("STAT"), line("+OK 99999999999 1"), .refused, [], times: 2),
        Case(
            "unique-ids without numbers", .command("UIDL"), line("+OK\r\nx y\r\n."), .refused, ["listing line"],
            times: 2),
        Case("escapes in a refusal", .command("PASS"), .replyText("-ERR \u{1B}[2J\u{202E}x"), .refused, ["\\x1B[2J"]),
        Case("garbled reply", .command("RETR", message: 2), line("!!"), .retry, ["not a POP3 reply", "!!"]),
        Case("endless reply line", .command("STAT"), .endlessLine, .refused, ["8192"], times: 2),
        Case("endless reply line to RETR", .command("RETR", message: 2), .endlessLine, .retry, ["8192"]),
        Case("endless capabilities", .command("CAPA"), .endlessListing, .refused, ["256 lines"]),
        Case("endless unique-ids", .command("UIDL"), .endlessListing, .refused, ["lines"], times: 2),
        Case("endless scan listing", .command("LIST"), .endlessListing, .refused, ["lines"], times: 2),
        Case("silent greeting", .greeting, .stall, .retry, ["greeting", "`reply-timeout`"], seconds: 0.4),
        Case("silent after PASS", .command("PASS"), .stall, .retry, ["`login-timeout`"], seconds: 0.4),
        Case("silent after STAT", .command("STAT"), .stall, .retry, ["`reply-timeout`"], seconds: 0.4, times: 2),
        Case("silent inside a listing", .command("UIDL"), .stallAfterBytes(20), .retry, ["`"], seconds: 0.4),
        Case(
            "silent inside a message", .command("RETR", message: 2), .stallAfterBytes(500), .retry, ["`stall-timeout`"],
            seconds: 0.4),
        Case("a message without end", .command("RETR", message: 4), .omitTerminator, .retry, ["`"], seconds: 0.4),
        Case(
            "a message in drops", .command("RETR", message: 2), .drip(bytesPerSecond: 20), .retry, ["`stall-timeout`"],
            seconds: 0.4),
    ]

    @Test(
        "one message that a server will not give keeps none behind it",
        arguments: ["-ERR [SYS/TEMP] later", "-ERR message exceeds maximum size", "-ERR no such message"])
    func refusedMessage(reply: String) async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(30)
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters)],
            script: [FaultRule(.command("RETR", message: 2), .replyText(reply))])
        let report = try await bench.drain([bench.account("ann", at: server)], retries: 2)
        #expect(report.accounts[0].failure == nil && !report.isComplete)
        #expect(report.accounts[0].result.archived == 29 && report.accounts[0].result.quarantined == 1)
        try bench.expect(["ann": [letters[0]] + letters[2...]])
    }

    @Test(
        "a server that gives no message at all is left in peace",
        arguments: ["-ERR [SYS/TEMP] later", "-ERR no such message"])
    func refusedMessages(reply: String) async throws {
        let bench = try Bench()
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop([[UInt8]].letters(100))],
            script: [FaultRule(.command("RETR"), .replyText(reply))])
        let report = try await bench.drain([bench.account("ann", at: server)], retries: 2)
        #expect(report.accounts[0].failure?.kind == (reply.contains("TEMP") ? .retry : .refused))
        #expect(report.accounts[0].result.missing == 100)
        #expect(server.retrievedCount <= 3 * 34)
    }

    @Test("says what happened, holds no secret, and leaves others alone", arguments: cases)
    func failures(test: Case) async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(4)
        let bad = try SimulatedServer(maildrops: ["ann": Bench.maildrop(letters)], script: FaultScript(test.rules))
        let good = try SimulatedServer(maildrops: ["bob": Bench.maildrop(letters)])
        let bob = bench.account("bob", at: good)
        let report = try await bench.drain([bench.account("ann", at: bad, seconds: test.seconds), bob])
        #expect(report.fatal == nil)
        let failure = try #require(report.accounts[0].failure)
        #expect(failure.kind == test.kind, "\(failure)")
        for word in test.words { #expect(failure.description.contains(word), "\(failure)") }
        #expect(!failure.description.contains("\u{1B}"))
        #expect(failure.description.count > 20)
        #expect(report.accounts[1].failure == nil && report.accounts[1].result.archived == 4)
        let archived = report.accounts[0].result.archived
        try bench.expect(["ann": Array(letters[..<archived]), "bob": letters])
        let second = try await bench.drain([bench.account("ann", at: bad), bob])
        #expect(second.isComplete, "\(second.accounts)")
        try bench.expect(["ann": letters, "bob": letters])
    }

    @Test("one message that is refused leaves out no other")
    func oneRefusal() async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(10)
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters)],
            script: [FaultRule(.command("RETR", message: 4), .replyText("-ERR cannot be read"), when: .only(1))])
        let watch = Watch()
        let report = try await bench.drain([bench.account("ann", at: server)], observer: watch)
        #expect(!report.isComplete)
        #expect(report.accounts[0].result.archived == 9 && report.accounts[0].result.quarantined == 1)
        #expect(watch.texts.contains { $0.contains("message 4") && $0.contains("cannot be read") })
        #expect(try await bench.drain([bench.account("ann", at: server)]).isComplete)
        try bench.expect(["ann": letters])
    }

    @Test(
        "no credential goes out where STLS is not offered or not clean", arguments: ["stripped", "injected", "refused"])
    func startTLS(what: String) async throws {
        let bench = try Bench()
        let rules: [String: [FaultRule]] = [
            "injected": [FaultRule(.command("STLS"), .injectAfterSTLS(Array("+OK injected\r\n".utf8)))],
            "refused": [FaultRule(.command("STLS"), .replyText("-ERR no"))],
        ]
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop([[UInt8]].letters(2))], script: FaultScript(rules[what] ?? []),
            transport: what == "stripped" ? .plain : try Bench.stls())
        let report = try await bench.drain([bench.account("ann", at: server, .stls)])
        let failure = try #require(report.accounts[0].failure)
        #expect(failure.kind == .refused)
        #expect(!server.log.contains { $0.hasPrefix("USER") || $0.hasPrefix("PASS") })
        switch what {
        case "stripped": #expect(failure.description.contains("no STLS") && failure.description.contains("995"))
        case "injected": #expect(failure.description.contains("no command asked for"))
        default: #expect(failure.description.contains("STLS"))
        }
    }

    @Test(
        "names what is wrong with a certificate",
        arguments: [SimulatedCertificate.Flaw.expired, .notYetValid, .wrongHost])
    func certificates(flaw: SimulatedCertificate.Flaw) async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: [:], transport: .implicitTLS(try SimulatedCertificate.issue(flaw)))
        let failure = try #require(
            try await bench.drain([bench.account("ann", at: server, .implicit)]).accounts[0].failure)
        #expect(failure.kind == .refused)
        #expect(failure.description.contains("certificate"), "\(failure)")
        #expect(server.log.isEmpty)
    }

    @Test("gives up a host that is down, and a name that is none, by themselves")
    func hosts() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["bob": Bench.maildrop([[UInt8]].letters(2))])
        let gone = try SimulatedServer(maildrops: [:])
        var down = bench.account("down", at: gone)
        gone.stop()
        down.host = "127.0.0.1"
        var unknown = bench.account("unknown", at: server)
        unknown.host = "no-such-host.invalid"
        let report = try await bench.drain([bench.account("bob", at: server), down, unknown])
        #expect(report.accounts.map(\.account) == ["bob", "down", "unknown"])
        #expect(report.accounts[0].failure == nil)
        #expect(report.accounts[1].failure?.kind == .retry)
        #expect(report.accounts[1].failure?.description.contains("cannot connect") == true)
        #expect(report.accounts[2].failure?.description.contains("no-such-host.invalid") == true)
    }
}
