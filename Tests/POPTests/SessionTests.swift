import POP
import Testing

@Suite struct SessionTests {
    static let behind = latin1("+OK unread\r\n")

    @Test("reads a stream alike however it is cut, and nothing behind it", arguments: SessionFixture.all)
    func fixture(_ fixture: SessionFixture) {
        for (name, pieces) in Pieces.variants(fixture.stream + Self.behind, seeds: 0..<20) {
            var player = Player(fixture.batches)
            player.play(pieces)
            // Compared outside of #expect, which would print a megabyte byte by byte.
            let isRight = player.isFinished && player.seen == fixture.expected && player.unread == Self.behind
            #expect(isRight, "\(name): \(player.digest)")
        }
    }

    @Test("asks for more wherever a stream is cut off, and calls its end there an error", arguments: SessionFixture.all)
    func truncated(_ fixture: SessionFixture) {
        var player = Player(fixture.batches)
        for index in fixture.stream.indices.dropLast() {
            player.feed([fixture.stream[index]])
            if player.isFinished && !fixture.batches.isEmpty || player.error != nil || player.endError == nil {
                Issue.record("not waiting after byte \(index): \(player.digest)")
                return
            }
        }
        let isRight = player.seen == fixture.expected.dropLast()
        #expect(isRight, "\(player.digest)")
        guard fixture.stream.count < 4096 else { return }
        for length in fixture.stream.indices {
            var player = Player(fixture.batches)
            player.feed(Array(fixture.stream[..<length]))
            let isRight = player.error == nil && fixture.expected.dropLast().starts(with: player.seen)
            #expect(isRight, "at \(length): \(player.digest)")
        }
    }

    @Test(
        "names what answered in place of a POP3 server",
        arguments: [
            ("220 mail.example ESMTP\r\n", POPError.Code.wrongService("an SMTP server")),
            ("220-mail.example\r\n", .wrongService("an SMTP server")),
            ("* OK [CAPABILITY IMAP4rev1] ready\r\n", .wrongService("an IMAP server")),
            ("HTTP/1.1 400 Bad Request\r\n", .wrongService("a web server")),
            ("SSH-2.0-OpenSSH_10.0\r\n", .notAReply), ("\r\n", .notAReply), ("+OKAY\r\n", .notAReply),
            ("OK\r\n", .notAReply), ("XERR\r\n", .notAReply), ("*ERR\r\n", .notAReply), (" +OK\r\n", .notAReply),
            ("\u{15}\u{3}\u{3}\0\u{2}\u{2}\n", .notAReply),
        ])
    func greetings(stream: String, code: POPError.Code) {
        for (name, pieces) in Pieces.variants(latin1(stream)) {
            var player = Player([])
            player.play(pieces)
            #expect(player.error?.code == code, "\(name)")
        }
    }

    @Test("a refused greeting ends the session")
    func refusedGreeting() {
        var player = Player([])
        player.feed(latin1("-ERR [SYS/TEMP] too busy\r\n"))
        #expect(player.seen == [.greeting(isOK: false, "[SYS/TEMP] too busy")])
        #expect(player.endError == nil)
    }

    @Test("the stream may end after the answer to QUIT, and nowhere else")
    func end() {
        var player = Player([[.noop], [.quit]])
        #expect(player.endError?.code == .endedBeforeGreeting)
        player.feed(latin1("+OK\r\n+OK\r\n"))
        #expect(player.endError?.code == .endedInsideReply)
        player.feed(latin1("+OK"))
        #expect(player.endError?.code == .endedInsideReply)
        player.feed(latin1(" bye\r\n"))
        #expect(player.endError == nil)
    }

    @Test("is in the TRANSACTION state from the +OK to PASS on")
    func transaction() throws {
        var session = try Self.greeted()
        var wire: [UInt8] = []
        for (reply, isTransaction) in [("-ERR\r\n", false), ("+OK\r\n", true)] {
            session.send(.pass(SecretBytes(copying: [97])), to: &wire)
            _ = try latin1(reply).withUnsafeBytes { try session.next($0) { _ in } }
            #expect(session.isTransaction == isTransaction)
        }
        for command in [Command.apop([97], digest: [98]), .authenticate("PLAIN", initialResponse: nil)] {
            session = try Self.greeted()
            session.send(command, to: &wire)
            _ = try latin1("+OK\r\n").withUnsafeBytes { try session.next($0) { _ in } }
            #expect(session.isTransaction)
        }
    }

    @Test("refuses what comes before a challenge was answered, and a challenge without end")
    func challenges() throws {
        var session = try Self.greeted()
        var wire: [UInt8] = []
        session.send(.authenticate("LOGIN", initialResponse: nil), to: &wire)
        _ = try latin1("+ VXNlcjo=\r\n").withUnsafeBytes { try session.next($0) { _ in } }
        #expect(throws: POPError(.unsolicited, received: latin1("+OK"))) {
            try latin1("+OK").withUnsafeBytes { try session.next($0) { _ in } }
        }
        var other = Player([[.authenticate("LOGIN", initialResponse: nil)]])
        other.feed(latin1("+OK hello\r\n+ " + String(repeating: "A", count: 24 << 10)))
        #expect(other.error?.code == .lineTooLong(limit: 24 << 10))
    }

    @Test("refuses bytes that no command asked for", arguments: ["+OK\r\n", "x", "\n"])
    func unsolicited(text: String) throws {
        var session = try Self.greeted()
        #expect(throws: POPError(.unsolicited, received: latin1(text))) {
            try latin1(text).withUnsafeBytes { try session.next($0) { _ in } }
        }
    }

    @Test("refuses what is no reply after a command too")
    func desync() {
        var player = Player([[.retrieve(SessionFixture.one)], [.noop]])
        player.feed(latin1("+OK hello\r\n+OK\r\na\r\n.\r\nrest of a message\r\n"))
        #expect(player.error == POPError(.notAReply, received: latin1("rest of a message")))
    }

    @Test("never repeats a password that a server echoes")
    func echo() {
        var player = Player([[.pass(SecretBytes(copying: latin1("hunter2")))]])
        player.feed(latin1("+OK hello\r\nPASS hunter2\r\n"))
        #expect(player.error?.code == .notAReply)
        #expect(player.error?.description.contains("hunter2") == false)
        #expect(player.error?.received == "PASS ***")
    }

    @Test("never repeats what was said in AUTH, nor a password that was sent in another form")
    func echoInExchange() throws {
        var session = try Self.greeted()
        var wire: [UInt8] = []
        session.hide(SecretBytes(copying: latin1("hunter2")))
        session.send(
            .authenticate("PLAIN", initialResponse: SecretBytes(copying: latin1("AGFubgBodW50ZXIy"))), to: &wire)
        let line = latin1("-ERR AUTH PLAIN AGFubgBodW50ZXIy: is hunter2\r\n")
        let (_, event) = try line.withUnsafeBytes { try session.next($0) { _ in } }
        guard case .reply(_, let reply) = event else { throw POPError(.outOfStep) }
        #expect(reply.displayText == "AUTH PLAIN ***: is ***")
    }

    /// A session past its greeting.
    static func greeted() throws -> Session {
        var session = Session()
        _ = try latin1("+OK\r\n").withUnsafeBytes { try session.next($0) { _ in } }
        return session
    }
}
