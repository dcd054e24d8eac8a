import Simulation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SimulatedServerTests {
    @Test("a whole session goes as RFC 1939 says")
    func wholeSession() throws {
        let server = try Sample.server()
        let client = RawClient(port: server.port)
        #expect(client.line().hasPrefix("+OK "))
        #expect(client.ask("CAPA").hasPrefix("+OK"))
        #expect(client.lines() == SimulatedServer.defaultCapabilities)
        #expect(client.ask("STAT").hasPrefix("-ERR"))
        #expect(client.ask("user ann") == "+OK")
        #expect(client.ask("PASS secret word").hasPrefix("+OK"))
        let sizes = Sample.maildrop.messages.map(\.content.transmittedByteCount)
        #expect(client.ask("STAT") == "+OK 3 \(sizes.reduce(0, +))")
        #expect(client.ask("LIST").hasPrefix("+OK"))
        #expect(client.lines() == sizes.enumerated().map { "\($0.offset + 1) \($0.element)" })
        #expect(client.ask("LIST 2") == "+OK 2 \(sizes[1])")
        #expect(client.ask("UIDL").hasPrefix("+OK"))
        #expect(client.lines() == ["1 id1", "2 id2", "3 id3"])
        #expect(client.ask("UIDL 3") == "+OK 3 id3")
        for (index, message) in Sample.maildrop.messages.enumerated() {
            #expect(client.ask("RETR \(index + 1)").hasPrefix("+OK"))
            #expect(client.body() == message.content.transmittedForm())
        }
        #expect(client.ask("TOP 2 1") == "+OK")
        #expect(client.body() == Array("Subject: two\r\n\r\n.\r\n".utf8))
        #expect(client.ask("TOP 3 0") == "+OK")
        #expect(client.body() == Array("Subject: three\r\n\r\n".utf8))
        #expect(client.ask("RETR 4").hasPrefix("-ERR"))
        #expect(client.ask("RETR x").hasPrefix("-ERR"))
        #expect(client.ask("NOOP") == "+OK")
        #expect(client.ask("NONSENSE").hasPrefix("-ERR"))
        #expect(client.ask("QUIT").hasPrefix("+OK"))
        #expect(client.restText().isEmpty)
        #expect(client.end == .fin)
        #expect(server.sessionCount == 1)
        #expect(server.log.prefix(4) == ["CAPA", "STAT", "user ann", "PASS secret word"])
        #expect(server.log(ofSession: 1) == server.log)
    }

    @Test("a wrong password and an unknown user are refused alike")
    func refusal() throws {
        let server = try Sample.server()
        let client = Sample.greeted(server)
        for user in ["ann", "bob"] {
            _ = client.ask("USER \(user)")
            #expect(client.ask("PASS wrong") == "-ERR [AUTH] Authentication failed.")
        }
    }

    @Test("messages go at QUIT only, and RSET keeps them")
    func deletion() throws {
        let server = try Sample.server()
        let first = Sample.loggedIn(server)
        #expect(first.ask("DELE 1").hasPrefix("+OK"))
        #expect(first.ask("DELE 1").hasPrefix("-ERR"))
        #expect(first.ask("RETR 1").hasPrefix("-ERR"))
        #expect(first.ask("STAT").hasPrefix("+OK 2 "))
        #expect(first.ask("RSET") == "+OK")
        #expect(first.ask("STAT").hasPrefix("+OK 3 "))
        #expect(first.ask("DELE 3").hasPrefix("+OK"))
        #expect(server.maildrop("ann")?.messages.count == 3)
        let second = Sample.loggedIn(server)
        #expect(second.ask("DELE 2").hasPrefix("+OK"))
        #expect(second.ask("QUIT").hasPrefix("+OK"))
        #expect(server.maildrop("ann")?.messages.map(\.uniqueID) == [Array("id1".utf8), Array("id3".utf8)])
        #expect(first.ask("QUIT").hasPrefix("+OK"))
        #expect(server.maildrop("ann")?.messages.map(\.uniqueID) == [Array("id1".utf8)])
    }

    @Test("pipelined commands are answered in order, whatever their cut")
    func pipelining() throws {
        let server = try Sample.server()
        let client = Sample.loggedIn(server)
        client.send("RETR 1\r\nRETR 2\r\nNOOP\r\nRET")
        client.send("R 3\r\nQUIT\r\n")
        for message in [0, 1, -1, 2] {
            #expect(client.line().hasPrefix("+OK"))
            if message >= 0 {
                #expect(client.body() == Sample.maildrop.messages[message].content.transmittedForm())
            }
        }
        #expect(client.line().hasPrefix("+OK"))
        #expect(client.restText().isEmpty)
        #expect(client.end == .fin)
    }

    @Test("tests change maildrops between sessions")
    func mutation() throws {
        let server = try Sample.server()
        let old = Sample.loggedIn(server)
        server.mutateMaildrop("ann") { maildrop in
            maildrop.messages.removeFirst()
            for index in maildrop.messages.indices { maildrop.messages[index].uniqueID = [0xff, 0x20, UInt8(index)] }
        }
        #expect(old.ask("UIDL 1") == "+OK 1 id1")
        let new = Sample.loggedIn(server)
        #expect(new.ask("STAT").hasPrefix("+OK 2 "))
        new.send("UIDL 2\r\n")
        let line: [UInt8] = Array("+OK 2 ".utf8) + [0xff, 0x20, 1, 0x0d, 0x0a]
        #expect(new.rest(atLeast: line.count) == line)
        server.replaceMaildrop("bob", with: SimulatedMaildrop(password: "b"))
        let bob = Sample.greeted(server)
        #expect(bob.ask("USER bob") == "+OK")
        #expect(bob.ask("PASS b").hasPrefix("+OK"))
        #expect(bob.ask("STAT") == "+OK 0 0")
        #expect(bob.ask("UIDL").hasPrefix("+OK"))
        #expect(bob.lines().isEmpty)
    }

    @Test("an exclusive maildrop is in use until its session ends")
    func exclusive() throws {
        let server = try Sample.server()
        server.mutateMaildrop("ann") { $0.isExclusive = true }
        let first = Sample.loggedIn(server)
        let second = Sample.greeted(server)
        _ = second.ask("USER ann")
        #expect(second.ask("PASS secret word").hasPrefix("-ERR [IN-USE]"))
        _ = first.ask("QUIT")
        _ = second.ask("USER ann")
        #expect(second.ask("PASS secret word").hasPrefix("+OK"))
    }

    @Test("a window moves on by what was retrieved")
    func window() throws {
        let server = try Sample.server()
        server.mutateMaildrop("ann") { $0.windowMessageLimit = 2 }
        let first = Sample.loggedIn(server)
        _ = first.ask("UIDL")
        #expect(first.lines() == ["1 id1", "2 id2"])
        _ = first.ask("RETR 1")
        _ = first.body()
        _ = first.ask("QUIT")
        let second = Sample.loggedIn(server)
        _ = second.ask("UIDL")
        #expect(second.lines() == ["1 id2", "2 id3"])
    }

    @Test("listens on IPv6 and serves clients side by side")
    func manyClients() throws {
        let server = try SimulatedServer(maildrops: ["ann": Sample.maildrop], address: .ipv6)
        let clients = (0..<50).map { _ in RawClient(port: server.port, isIPv6: true) }
        for client in clients { #expect(client.line().hasPrefix("+OK")) }
        #expect(server.liveSessionCount == 50)
        for client in clients.reversed() { #expect(client.ask("USER ann") == "+OK") }
    }
}
