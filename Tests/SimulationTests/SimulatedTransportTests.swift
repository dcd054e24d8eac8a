import COpenSSL
import Simulation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SimulatedTransportTests {
    @Test("implicit TLS serves a verified session and ends with close_notify")
    func implicitTLS() throws {
        let certificate = try SimulatedCertificate.issue()
        let server = try Sample.server(transport: .implicitTLS(certificate))
        let client = RawClient(port: server.port)
        #expect(client.startTLS(authority: certificate.authorityPEM) == Int(X509_V_OK))
        #expect(client.line().hasPrefix("+OK"))
        _ = client.ask("USER ann")
        #expect(client.ask("PASS secret word").hasPrefix("+OK"))
        client.send("RETR 1\r\nRETR 2\r\n")
        for message in Sample.maildrop.messages.prefix(2) {
            #expect(client.line().hasPrefix("+OK"))
            #expect(client.body() == message.content.transmittedForm())
        }
        #expect(client.ask("QUIT").hasPrefix("+OK"))
        #expect(client.restText().isEmpty)
        #expect(client.end == .closeNotify)
    }

    @Test(
        "flawed certificates are refused for their flaw",
        arguments: [
            (SimulatedCertificate.Flaw.expired, X509_V_ERR_CERT_HAS_EXPIRED),
            (.notYetValid, X509_V_ERR_CERT_NOT_YET_VALID), (.wrongHost, X509_V_ERR_HOSTNAME_MISMATCH),
        ])
    func flaws(flaw: SimulatedCertificate.Flaw, reason: Int32) throws {
        let certificate = try SimulatedCertificate.issue(flaw)
        let server = try Sample.server(transport: .implicitTLS(certificate))
        let client = RawClient(port: server.port)
        #expect(client.startTLS(authority: certificate.authorityPEM) == Int(reason))
    }

    @Test("another authority's certificate is not trusted, one authority signs for many servers")
    func authorities() throws {
        let authority = try SimulatedAuthority()
        let server = try Sample.server(transport: .implicitTLS(authority.certificate(hosts: ["a.example"])))
        let stranger = RawClient(port: server.port)
        #expect(stranger.startTLS(authority: try SimulatedAuthority().pem, host: "a.example") > 0)
        let client = RawClient(port: server.port)
        #expect(client.startTLS(authority: authority.pem, host: "a.example") == Int(X509_V_OK))
    }

    @Test("STLS starts TLS once, and forgets what came in clear behind it")
    func stls() throws {
        let certificate = try SimulatedCertificate.issue()
        let server = try Sample.server(transport: .stls(certificate))
        let client = Sample.greeted(server)
        _ = client.ask("CAPA")
        #expect(client.lines().contains("STLS"))
        client.send("STLS\r\nUSER mallory\r\n")
        #expect(client.line().hasPrefix("+OK"))
        #expect(client.startTLS(authority: certificate.authorityPEM) == Int(X509_V_OK))
        _ = client.ask("CAPA")
        #expect(!client.lines().contains("STLS"))
        #expect(client.ask("STLS").hasPrefix("-ERR"))
        _ = client.ask("USER ann")
        #expect(client.ask("PASS secret word").hasPrefix("+OK"))
        #expect(!server.log.contains("USER mallory"))
    }

    @Test("clear bytes can be injected behind the reply to STLS")
    func injection() throws {
        let script: FaultScript = [FaultRule(.command("STLS"), .injectAfterSTLS(Array("+OK forged\r\n".utf8)))]
        let server = try Sample.server(script, transport: .stls(SimulatedCertificate.issue()))
        let client = Sample.greeted(server)
        #expect(client.ask("STLS").hasPrefix("+OK Begin"))
        #expect(client.line() == "+OK forged\r\n")
    }

    @Test(
        "TLS sessions end as the script says",
        arguments: [
            (ConnectionEnding.fin, RawClient.End.truncatedTLS), (.rst, .rst), (.tlsCloseNotify, .closeNotify),
        ])
    func endings(how: ConnectionEnding, end: RawClient.End) throws {
        let certificate = try SimulatedCertificate.issue()
        let script: FaultScript = [FaultRule(.command("NOOP"), .closeBefore(how))]
        let server = try Sample.server(script, transport: .implicitTLS(certificate))
        let client = RawClient(port: server.port)
        _ = client.startTLS(authority: certificate.authorityPEM)
        _ = client.line()
        client.send("NOOP\r\n")
        #expect(client.restText().isEmpty)
        #expect(client.end == end)
    }
}
