import Simulation
import Testing

/// Each fault does what it says, seen from the client's side of the wire.
@Suite(.timeLimit(.minutes(2))) struct FaultTests {
    static func logged(_ fault: Fault, at verb: String, timeoutSeconds: Double = 5) throws -> (
        SimulatedServer, RawClient
    ) {
        let server = try Sample.server([FaultRule(.command(verb), fault)])
        return (server, Sample.loggedIn(server, timeoutSeconds: timeoutSeconds))
    }

    static let retrieved = "+OK 42 octets\r\nSubject: two\r\n\r\n..\r\n...\r\n..dot\r\nline\r\n.\r\n"

    @Test("a reply text refuses and the command has no effect")
    func replyText() throws {
        let (server, client) = try Self.logged(.replyText("-ERR [SYS/TEMP] Later."), at: "DELE")
        #expect(client.ask("DELE 1") == "-ERR [SYS/TEMP] Later.")
        _ = client.ask("QUIT")
        #expect(server.maildrop("ann")?.messages.count == 3)
    }

    @Test("reply bytes replace the reply and the command has its effect")
    func replyBytes() throws {
        let (server, client) = try Self.logged(.replyBytes(Array("-ERR but done\r\n".utf8)), at: "QUIT")
        _ = client.ask("DELE 1")
        #expect(client.ask("QUIT") == "-ERR but done")
        _ = client.rest()
        #expect(server.maildrop("ann")?.messages.count == 2)
    }

    @Test("closes before the greeting", arguments: [(ConnectionEnding.fin, RawClient.End.fin), (.rst, .rst)])
    func closeBeforeGreeting(how: ConnectionEnding, end: RawClient.End) throws {
        let server = try Sample.server([FaultRule(.greeting, .closeBefore(how))])
        let client = RawClient(port: server.port)
        #expect(client.restText().isEmpty)
        #expect(client.end == end)
    }

    @Test("closes after exactly so many bytes of the reply", arguments: [0, 1, 13, 40, 60, 1000])
    func closeAfterBytes(byteCount: Int64) throws {
        let (_, client) = try Self.logged(.closeAfterBytes(byteCount, how: .fin), at: "RETR")
        // The unread QUIT must not turn the FIN into an RST.
        client.send("RETR 2\r\nQUIT\r\n")
        #expect(client.restText() == String(Self.text(of: 2).utf8.prefix(Int(byteCount)))!)
        #expect(client.end == .fin)
    }

    @Test("what was answered before a close arrives")
    func earlierReplies() throws {
        let (_, client) = try Self.logged(.closeBefore(.fin), at: "RETR")
        client.send("NOOP\r\nNOOP\r\nRETR 1\r\n")
        #expect(client.restText() == "+OK\r\n+OK\r\n")
    }

    @Test("stalls without a byte, and after some")
    func stalls() throws {
        let (_, silent) = try Self.logged(.stall, at: "NOOP", timeoutSeconds: 0.3)
        silent.send("NOOP\r\n")
        #expect(silent.restText().isEmpty)
        #expect(silent.end == .timeout)
        let (_, client) = try Self.logged(.stallAfterBytes(5), at: "RETR", timeoutSeconds: 0.3)
        client.send("RETR 1\r\n")
        #expect(client.restText().utf8.count == 5)
        #expect(client.end == .timeout)
    }

    @Test("delays a reply")
    func delay() throws {
        let (_, client) = try Self.logged(.delay(seconds: 0.3), at: "NOOP")
        let duration = ContinuousClock().measure { #expect(client.ask("NOOP") == "+OK") }
        #expect(duration > .seconds(0.29))
    }

    @Test("drips at its rate")
    func drip() throws {
        let (_, client) = try Self.logged(.drip(bytesPerSecond: 200), at: "RETR")
        let duration = ContinuousClock().measure {
            _ = client.ask("RETR 2")
            #expect(client.body() == Sample.maildrop.messages[1].content.transmittedForm())
        }
        #expect(duration > .seconds(0.25))
    }

    @Test("split writes and doubled replies keep their bytes")
    func splitAndDouble() throws {
        let (_, split) = try Self.logged(.splitWrites(seed: 5), at: "RETR")
        split.send("RETR 2\r\nQUIT\r\n")
        #expect(split.restText() == Self.text(of: 2) + "+OK Logging out.\r\n")
        let (_, double) = try Self.logged(.double, at: "RETR")
        double.send("RETR 2\r\nQUIT\r\n")
        #expect(double.restText() == Self.text(of: 2) + Self.text(of: 2) + "+OK Logging out.\r\n")
    }

    @Test("a line without end, and listings without end")
    func endless() throws {
        let (_, line) = try Self.logged(.endlessLine, at: "NOOP")
        line.send("NOOP\r\n")
        #expect(!line.rest(atLeast: 3_000_000).contains(0x0a))
        let (_, listing) = try Self.logged(.endlessListing, at: "UIDL")
        #expect(listing.ask("UIDL") == "+OK")
        for number in 1...1000 { #expect(listing.line() == "\(number) unique-\(number)\r\n") }
        #expect(listing.rest(atLeast: 3_000_000).count >= 3_000_000)
    }

    @Test("garbles by seed, the first byte always")
    func garble() throws {
        func garbled(_ seed: UInt64) throws -> [UInt8] {
            let (_, client) = try Self.logged(.garble(seed: seed), at: "RETR")
            client.send("RETR 2\r\nQUIT\r\n")
            return client.rest()
        }
        let first = try garbled(1)
        #expect(first[0] != UInt8(ascii: "+"))
        #expect(try first == garbled(1))
        #expect(try first != garbled(2))
    }

    @Test("terminators are left out or changed, and dots unstuffed")
    func forms() throws {
        func reply(_ fault: Fault) throws -> String {
            let (_, client) = try Self.logged(fault, at: "RETR")
            client.send("RETR 2\r\nQUIT\r\n")
            return client.restText()
        }
        let whole = Self.text(of: 2)
        let bye = "+OK Logging out.\r\n"
        #expect(try reply(.omitTerminator) == whole.dropLast(2) + bye)
        #expect(try reply(.terminator(Array(".\n".utf8))) == whole.dropLast(2) + ".\n" + bye)
        #expect(try reply(.unstuffedDot) == whole.prefix { $0 != "\r\n" } + "\r\n" + Sample.texts[1] + ".\r\n" + bye)
    }

    @Test("lies about sizes")
    func wrongSize() throws {
        let script: FaultScript = [
            FaultRule(.command("LIST"), .wrongSize(.roundedUp(to: 1024))),
            FaultRule(.command("STAT"), .wrongSize(.value(-1))),
            FaultRule(.command("RETR"), .wrongSize(.plus(7))),
        ]
        let client = Sample.loggedIn(try Sample.server(script))
        #expect(client.ask("LIST 1") == "+OK 1 1024")
        #expect(client.ask("STAT") == "+OK 3 -3")
        #expect(client.ask("RETR 1") == "+OK \(Sample.texts[0].utf8.count + 7) octets")
    }

    @Test("listings take the forms of the field")
    func listings() throws {
        func listing(_ form: ListingForm) throws -> [String] {
            let (_, client) = try Self.logged(.listing(form), at: "UIDL")
            _ = client.ask("UIDL")
            return client.lines()
        }
        #expect(try listing(.prefixed("+OK ")) == ["+OK 1 id1", "+OK 2 id2", "+OK 3 id3"])
        #expect(try listing(.separated(" \t ")).first == "1 \t id1")
        #expect(try listing(.gaps(every: 2)) == ["1 id1", "3 id3"])
        #expect(try listing(.repeated).count == 6)
        #expect(try listing(.shuffled(seed: 2)).sorted() == ["1 id1", "2 id2", "3 id3"])
    }

    @Test("missing commands are unknown and not in CAPA")
    func missing() throws {
        let client = Sample.loggedIn(try Sample.server(.uidlMissing + .topMissing))
        _ = client.ask("CAPA")
        #expect(client.lines() == ["CAPA", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "USER"])
        #expect(client.ask("UIDL").hasPrefix("-ERR"))
        #expect(client.ask("TOP 1 1").hasPrefix("-ERR"))
        #expect(Sample.greeted(try Sample.server(.capaMissing)).ask("CAPA").hasPrefix("-ERR"))
    }

    @Test("broken pipelining loses what was sent behind")
    func pipeliningBroken() throws {
        let server = try Sample.server(.pipeliningBroken)
        let client = Sample.loggedIn(server, timeoutSeconds: 0.3)
        client.send("NOOP\r\nRETR 1\r\nRETR 2\r\n")
        #expect(client.restText() == "+OK\r\n")
        #expect(client.end == .timeout)
        #expect(!server.log.contains("RETR 1"))
    }

    @Test("deletions are lost, or done at once")
    func deletions() throws {
        let (lost, client) = try Self.logged(.deletesLost, at: "QUIT")
        _ = client.ask("DELE 1")
        #expect(client.ask("QUIT").hasPrefix("+OK"))
        #expect(lost.maildrop("ann")?.messages.count == 3)
        let (server, hasty) = try Self.logged(.deleteAtOnce, at: "DELE")
        #expect(hasty.ask("DELE 2").hasPrefix("+OK"))
        #expect(hasty.ask("DELE 1").hasPrefix("+OK"))
        #expect(server.maildrop("ann")?.messages.map(\.uniqueID) == [Array("id3".utf8)])
    }

    static func text(of number: Int) -> String {
        let content = Sample.maildrop.messages[number - 1].content
        let stuffed = SimulatedContentTests.stuffed(content.transmittedForm())
        return "+OK \(content.transmittedByteCount) octets\r\n" + String(decoding: stuffed, as: UTF8.self) + ".\r\n"
    }
}
