import Simulation
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct HandshakeTests {
    @Test("STLS secures a connection that began in the clear")
    func startTLS() throws {
        let stage = try Stage(certificate: .issue(), security: .startTLS)
        let wire = try Wire(stage.endpoint)
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(wire.connection.securityName == nil)
        #expect(try wire.ask("STLS").hasPrefix("+OK"))
        try wire.connection.startTLS(timeout: .seconds(20))
        #expect(wire.connection.securityName?.hasPrefix("TLSv1.3") == true)
        #expect(try wire.ask("USER ann").hasPrefix("+OK"))
        #expect(try wire.ask("PASS secret").hasPrefix("+OK"))
    }

    @Test("STLS verifies the certificate as implicit TLS does")
    func startTLSVerifies() throws {
        let stage = try Stage(certificate: .issue(.wrongHost), security: .startTLS)
        let wire = try Wire(stage.endpoint)
        _ = try wire.line()
        _ = try wire.ask("STLS")
        let error = #expect(throws: TransportError.self) { try wire.connection.startTLS(timeout: .seconds(20)) }
        #expect(error?.code == .certificate)
    }

    @Test("without TLS the connection is in the clear")
    func plain() throws {
        let stage = try Stage()
        let wire = try Wire(stage.endpoint)
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(wire.connection.securityName == nil)
    }

    @Test("a server in the clear on a TLS port is told, with the setting to try")
    func clearServer() throws {
        let stage = try Stage()
        let endpoint = Endpoint(host: "localhost", port: stage.server.port, security: .implicit)
        let error = #expect(throws: TransportError.self) { _ = try Wire(endpoint) }
        #expect(error?.code == .handshake && error?.isTemporary == false)
        #expect(error?.message.contains("does not speak TLS on this port") == true, "\(String(describing: error))")
        #expect(error?.message.contains("stls") == true)
    }

    @Test("a server that closes instead of shaking hands may do better later", arguments: [ConnectionEnding.fin, .rst])
    func closing(how: ConnectionEnding) throws {
        let stage = try Stage([FaultRule(.handshake, .closeBefore(how))], certificate: .issue())
        let error = try #require(stage.failure())
        // A reset may come before the client has seen that it is connected.
        let codes: [TransportError.Code] = how == .rst ? [.closed, .connectFailed] : [.closed]
        #expect(codes.contains(error.code) && error.isTemporary, "\(error)")
        #expect(!error.message.contains("temporarily unavailable") && !error.message.contains("Success"), "\(error)")
    }

    @Test("a server that does not shake hands is left when the time is over")
    func stall() throws {
        let stage = try Stage([FaultRule(.handshake, .stall)], certificate: .issue())
        let start = ContinuousClock.now
        let error = try #require(stage.failure(timeout: .milliseconds(200)))
        #expect(error.code == .timedOut(.handshake) && error.isTemporary)
        #expect(error.message.contains("the TLS handshake") && error.message.contains("`connect-timeout`"))
        #expect((.milliseconds(190) ... .seconds(10)).contains(start.duration(to: .now)))
    }
}
