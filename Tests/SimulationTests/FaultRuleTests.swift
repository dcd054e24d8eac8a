import Simulation
import Testing

/// When a rule strikes.
@Suite(.timeLimit(.minutes(2))) struct FaultRuleTests {
    @Test("counts occurrences over the server's life or in each session")
    func occurrences() throws {
        let no = Fault.replyText("-ERR no")
        func answers(_ rule: FaultRule) throws -> String {
            let server = try Sample.server([rule])
            var text = ""
            for _ in 0..<2 {
                let client = Sample.greeted(server)
                for _ in 0..<3 { text += client.ask("NOOP") == "-ERR no" ? "x" : "." }
                text += " "
            }
            return text
        }
        #expect(try answers(FaultRule(.command("NOOP"), no)) == "xxx xxx ")
        #expect(try answers(FaultRule(.anyCommand, no, when: .only(2))) == ".x. ... ")
        #expect(try answers(FaultRule(.command("NOOP"), no, when: .only(2), per: .session)) == ".x. .x. ")
        #expect(try answers(FaultRule(.command("NOOP"), no, when: .from(3))) == "..x xxx ")
        #expect(try answers(FaultRule(.command("NOOP"), no, when: .upTo(4))) == "xxx x.. ")
        #expect(try answers(FaultRule(.command("NOOP"), no, session: 2)) == "... xxx ")
        #expect(try answers(FaultRule(.command("LIST"), no)) == "... ... ")
    }

    @Test("strikes one message, or one user")
    func selection() throws {
        let script: FaultScript = [
            FaultRule(.command("RETR", message: 2), .replyText("-ERR no")),
            FaultRule(.command("STAT"), .replyText("-ERR bob"), user: "bob"),
        ]
        let client = Sample.loggedIn(try Sample.server(script))
        #expect(client.ask("STAT").hasPrefix("+OK"))
        #expect(client.ask("RETR 2") == "-ERR no")
        #expect(client.ask("RETR 1").hasPrefix("+OK"))
    }

    @Test("follows a message to another number, and to TOP where that asks for all of it")
    func transmission() throws {
        let server = try Sample.server([FaultRule(.transmission(uniqueID: "id2"), .replyText("-ERR no"))])
        let client = Sample.loggedIn(server)
        #expect(client.ask("RETR 2") == "-ERR no")
        #expect(client.ask("TOP 2 99999999") == "-ERR no")
        #expect(client.ask("LIST 2").hasPrefix("+OK"))
        #expect(client.ask("TOP 2 0").hasPrefix("+OK"))
        _ = client.body()
        server.mutateMaildrop("ann") { $0.apply(.vanish(uniqueID: "id1")) }
        let later = Sample.loggedIn(server)
        #expect(later.ask("RETR 1") == "-ERR no")
        #expect(later.ask("RETR 2").hasPrefix("+OK"))
    }

    @Test("a TLS handshake can stall or be refused")
    func handshake() throws {
        let certificate = try SimulatedCertificate.issue()
        let server = try Sample.server(
            [FaultRule(.handshake, .closeBefore(.rst))], transport: .implicitTLS(certificate))
        #expect(RawClient(holding: server).startTLS(authority: certificate.authorityPEM) == -1)
    }

    @Test("a script by seed is the same each time, and seeds differ")
    func randomScripts() {
        #expect(FaultScript.random(seed: 9) == .random(seed: 9))
        #expect(FaultScript.random(seed: 9) != .random(seed: 10))
        let faults = (UInt64(0)..<200).flatMap { FaultScript.random(seed: $0, mayHang: false).rules.map(\.fault) }
        #expect(faults.count == 800)
        #expect(!faults.contains(.stall) && faults.contains(.double))
    }

    @Test("a session survives any script that does not hang", arguments: UInt64(0)..<60)
    func survival(seed: UInt64) throws {
        let server = try Sample.server(.random(seed: seed, ruleCount: 6, mayHang: false))
        let client = RawClient(holding: server, timeoutSeconds: 0.3)
        client.send("CAPA\r\nUSER ann\r\nPASS secret word\r\nSTAT\r\nLIST\r\nUIDL\r\nTOP 1 0\r\nDELE 1\r\n")
        for _ in 0..<20 { client.send("RETR 2\r\nRETR 3\r\n") }
        client.send("QUIT\r\nQUIT\r\nQUIT\r\n")
        _ = client.rest(atLeast: 2_000)
        server.stop()
        #expect(server.liveSessionCount == 0)
    }
}
