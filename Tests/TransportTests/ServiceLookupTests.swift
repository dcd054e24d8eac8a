import Platform
import Simulation
import Testing

@testable import Transport

/// SRV records, asked of a name service of the test's own.
@Suite(.timeLimit(.minutes(1))) struct ServiceLookupTests {
    private static let domain = "mailcask.invalid"
    private static let pop3s = "_pop3s._tcp.\(domain)"
    private static let pop3 = "_pop3._tcp.\(domain)"

    private static func asking(_ service: SimulatedNameService) -> ServiceLookup.Asking {
        let port = service.port
        return { name throws(DNSQuery.Failure) in
            try DNSQuery.ask(name, type: DNSQuery.srvType, serverPort: port)
        }
    }

    private static func endpoint(
        _ services: [Endpoint.Security] = [.implicit, .startTLS], caFile: String? = nil
    ) -> Endpoint {
        Endpoint(
            host: domain, port: 995, security: services[0], tls: TLSSettings(caFile: caFile),
            route: Endpoint.Route(.services(services)))
    }

    private static func wire(
        _ endpoint: Endpoint, _ service: SimulatedNameService, timeout: Duration = .seconds(20), stop: EventFlag? = nil
    ) throws(TransportError) -> Wire {
        let deadline = Deadline(after: timeout)
        let route = try OpenRoute(
            to: endpoint, proxyPassword: nil, deadline: deadline, stop: stop, askingServices: asking(service))
        return Wire(try Connection(over: route, to: endpoint, deadline) { _ in })
    }

    @Test("POP3S comes first, and the certificate must name the domain, not the target")
    func implicit() throws {
        let authority = try SimulatedAuthority()
        let stage = try Stage(certificate: authority.certificate(hosts: [Self.domain]))
        let service = try SimulatedNameService([
            Self.pop3s: [.init(0, 0, stage.server.port, "localhost")], Self.pop3: [.init(0, 0, 1, "localhost")],
        ])
        let wire = try Self.wire(Self.endpoint(caFile: stage.endpoint.tls.caFile), service)
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(wire.connection.security == .implicit && wire.connection.securityName != nil)
        #expect(service.questions == [Self.pop3s])
        let other = try Stage(certificate: authority.certificate(hosts: ["localhost"]))
        let forged = try SimulatedNameService([Self.pop3s: [.init(0, 0, other.server.port, "localhost")]])
        let error = #expect(throws: TransportError.self) {
            _ = try Self.wire(Self.endpoint(caFile: stage.endpoint.tls.caFile), forged)
        }
        #expect(error?.code == .certificate)
        #expect(error?.message.contains("is for localhost, 127.0.0.1, ::1, not for \(Self.domain)") == true)
    }

    @Test("POP3 with STLS comes where POP3S is missing, or said not to be there", arguments: [false, true])
    func startTLS(isSaid: Bool) throws {
        let certificate = try SimulatedAuthority().certificate(hosts: [Self.domain])
        let stage = try Stage(certificate: certificate, security: .startTLS)
        var records = [Self.pop3: [SimulatedNameService.Record(0, 0, stage.server.port, "localhost")]]
        if isSaid { records[Self.pop3s] = [.init(0, 0, 0, ".")] }
        let service = try SimulatedNameService(records)
        let wire = try Self.wire(Self.endpoint(caFile: stage.endpoint.tls.caFile), service)
        #expect(wire.connection.security == .startTLS && wire.connection.securityName == nil)
        _ = try wire.line()
        #expect(try wire.ask("STLS").hasPrefix("+OK"))
        try wire.connection.startTLS(timeout: .seconds(20))
        #expect(service.questions == [Self.pop3s, Self.pop3])
    }

    @Test("a target that refuses, is unknown or does not answer gives way to the next one")
    func inOrder() throws {
        let stage = try Stage()
        let gone = try Stage()
        gone.server.stop()
        let silent = try #require(FullListener(isIPv6: false))
        let service = try SimulatedNameService([
            Self.pop3: [
                .init(4, 0, stage.server.port, "localhost"), .init(1, 9, gone.server.port, "localhost"),
                .init(2, 9, 110, "unknown.mailcask.invalid"), .init(3, 1, silent.port, "127.0.0.1"),
            ]
        ])
        let start = ContinuousClock.now
        let wire = try Self.wire(Self.endpoint([.none]), service, timeout: .seconds(4))
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(start.duration(to: .now) < .seconds(4))
        withExtendedLifetime(silent) {}
    }

    @Test("what cannot be reached is told with the target")
    func unreachable() throws {
        let gone = try Stage()
        gone.server.stop()
        let service = try SimulatedNameService([Self.pop3: [.init(0, 0, gone.server.port, "localhost")]])
        let error = #expect(throws: TransportError.self) { _ = try Self.wire(Self.endpoint([.none]), service) }
        #expect(error?.code == .connectFailed)
        let words = "\(Self.domain): localhost:\(gone.server.port), which an SRV record names: cannot connect"
        #expect(error?.description.hasPrefix(words) == true, "\(String(describing: error))")
    }

    @Test("a domain without the services is told with what to set")
    func missing() throws {
        let service = try SimulatedNameService([Self.pop3s: [.init(0, 0, 0, ".")]])
        let error = #expect(throws: TransportError.self) { _ = try Self.wire(Self.endpoint(), service) }
        #expect(error?.code == .nameNotFound && error?.isTemporary == false)
        let words = "announces no _pop3s._tcp nor _pop3._tcp (SRV records of RFC 6186): set `host` in place of `domain`"
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
    }

    @Test("a name service that fails is no proof that a service is missing")
    func failing() throws {
        let service = try SimulatedNameService([:], .fails)
        let error = #expect(throws: TransportError.self) { _ = try Self.wire(Self.endpoint(), service) }
        #expect(error?.code == .nameServiceFailed && error?.isTemporary == true)
        #expect(!service.questions.contains(Self.pop3))
    }

    @Test("a name service that does not answer is waited for as long as the time-out, or until the flag is raised")
    func silent() throws {
        let service = try SimulatedNameService([:], .isSilent)
        let start = ContinuousClock.now
        let late = #expect(throws: TransportError.self) {
            _ = try Self.wire(Self.endpoint(), service, timeout: .milliseconds(200))
        }
        #expect(late?.code == .timedOut(.connect))
        let stop = try EventFlag()
        _ = Thread(name: "raise") {
            Process.sleep(milliseconds: 100)
            stop.raise()
        }
        let stopped = #expect(throws: TransportError.self) {
            _ = try Self.wire(Self.endpoint(), service, timeout: .seconds(60), stop: stop)
        }
        #expect(stopped?.code == .stopped)
        #expect(start.duration(to: .now) < .seconds(10))
    }
}
