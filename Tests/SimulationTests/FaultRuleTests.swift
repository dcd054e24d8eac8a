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

    @Test("a TLS handshake can stall or be refused")
    func handshake() throws {
        let certificate = try SimulatedCertificate.issue()
        let server = try Sample.server(
            [FaultRule(.handshake, .closeBefore(.rst))], transport: .implicitTLS(certificate))
        #expect(RawClient(holding: server).startTLS(authority: certificate.authorityPEM) == -1)
    }
}
