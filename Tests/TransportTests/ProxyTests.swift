import Platform
import Simulation
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    /// A name that no name service knows: only the proxy may be asked for it.
    static let hidden = "pop.mailcask.invalid"

    static func route(_ gateway: SimulatedGateway, _ kind: Endpoint.Proxy.Kind, user: String? = nil) -> Endpoint.Route {
        Endpoint.Route(.proxy(Endpoint.Proxy(kind, host: "127.0.0.1", port: gateway.port, user: user)))
    }

    @Test("a server is reached by a proxy, which looks its name up", arguments: [false, true], [false, true])
    func success(isHTTP: Bool, hasLogin: Bool) throws {
        let stage = try Stage()
        let login: SimulatedGateway.Login? = hasLogin ? ("ann", "s3cret") : nil
        let gateway = try SimulatedGateway(isHTTP ? .http(login) : .socks5(login))
        let route = Self.route(gateway, isHTTP ? .http : .socks5, user: hasLogin ? "ann" : nil)
        let wire = try Wire(stage.endpoint(by: route, host: Self.hidden), proxyPassword: hasLogin ? "s3cret" : nil)
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(try wire.ask("USER ann").hasPrefix("+OK"))
        #expect(gateway.requests == ["\(Self.hidden):\(stage.server.port)"])
    }

    @Test("TLS behind a proxy is with the server, by its own name", arguments: [false, true])
    func tls(isHTTP: Bool) throws {
        let certificate = try SimulatedAuthority().certificate(hosts: [Self.hidden])
        let stage = try Stage(certificate: certificate)
        let gateway = try SimulatedGateway(isHTTP ? .http(nil) : .socks5(nil))
        let route = Self.route(gateway, isHTTP ? .http : .socks5)
        let wire = try Wire(stage.endpoint(by: route, host: Self.hidden))
        #expect(wire.connection.securityName?.hasPrefix("TLSv1.3") == true)
        #expect(try wire.line().hasPrefix("+OK"))
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: route, host: "other.mailcask.invalid"))
        }
        #expect(error?.code == .certificate)
    }

    @Test(
        "a proxy's refusal names the server and the proxy, says what to do, and holds no password",
        arguments: [false, true])
    func refusals(isHTTP: Bool) throws {
        let stage = try Stage()
        let gateway = try SimulatedGateway(isHTTP ? .http(("ann", "right")) : .socks5(("ann", "right")))
        let kind = isHTTP ? Endpoint.Proxy.Kind.http : .socks5
        let wrong = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, kind, user: "ann")), proxyPassword: "s3cret")
        }
        #expect(wrong?.code == .badRoute && wrong?.isTemporary == false)
        let start = "localhost:\(stage.server.port): the proxy 127.0.0.1:\(gateway.port): it refuses the login"
        #expect(wrong?.description.hasPrefix(start) == true, "\(String(describing: wrong))")
        #expect(wrong?.description.contains("s3cret") == false)
        let missing = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, kind)))
        }
        #expect(missing?.code == .badRoute && missing?.message.contains("it wants a login") == true)
        #expect(missing?.message.contains("`proxy-password-file`") == true)
        #expect(stage.server.sessionCount == 0 && gateway.requests.isEmpty)
    }

    @Test("a server that the proxy cannot reach may do better later", arguments: [false, true])
    func unreachable(isHTTP: Bool) throws {
        let stage = try Stage()
        stage.server.stop()
        let gateway = try SimulatedGateway(isHTTP ? .http(nil) : .socks5(nil))
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, isHTTP ? .http : .socks5)))
        }
        #expect(error?.code == .connectFailed && error?.isTemporary == true)
    }

    @Test("a proxy that is not there is told apart from the server")
    func noProxy() throws {
        let stage = try Stage()
        let gateway = try SimulatedGateway(.socks5(nil))
        gateway.stop()
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, .socks5)))
        }
        #expect(error?.code == .connectFailed)
        let words = "the proxy 127.0.0.1:\(gateway.port): cannot connect (Connection refused): is it running"
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        let proxy = Endpoint.Proxy(.http, host: "no such proxy", port: 8080)
        let unknown = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Endpoint.Route(.proxy(proxy))))
        }
        #expect(unknown?.message.contains("the proxy no such proxy:8080: ") == true)
    }

    @Test("a proxy that says nothing, or not enough, is left when the time is over", arguments: [[], [[5, 0], [5]]])
    func silence(pieces: [[UInt8]]) throws {
        let stage = try Stage()
        let gateway = try SimulatedGateway(.script(pieces, closes: false))
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, .socks5)), timeout: .milliseconds(300))
        }
        #expect(error?.code == .timedOut(.connect) && error?.message.contains("`connect-timeout`") == true)
        #expect((.milliseconds(290) ... .seconds(10)).contains(start.duration(to: .now)))
    }

    @Test("a proxy that closes may do better later", arguments: [[], [[5, 0]], [[5, 0], [5, 0, 0]]])
    func closing(pieces: [[UInt8]]) throws {
        let stage = try Stage()
        let gateway = try SimulatedGateway(.script(pieces, closes: true))
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, .socks5)))
        }
        #expect(error?.code == .closed && error?.isTemporary == true, "\(String(describing: error))")
    }

    @Test("a raised flag ends the wait for a proxy")
    func stopped() throws {
        let stage = try Stage()
        let gateway = try SimulatedGateway(.script([], closes: false))
        let stop = try EventFlag()
        _ = Thread(name: "raise") {
            Process.sleep(milliseconds: 100)
            stop.raise()
        }
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.route(gateway, .http)), timeout: .seconds(60), stop: stop)
        }
        #expect(error?.code == .stopped)
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test("the server's first bytes in one piece with the proxy's last are the server's")
    func together() throws {
        let stage = try Stage()
        let socks: [[UInt8]] = [[5, 0], [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] + Array("+OK hello\r\n".utf8)]
        let one = try SimulatedGateway(.script(socks, closes: false))
        #expect(try Wire(stage.endpoint(by: Self.route(one, .socks5))).line() == "+OK hello")
        let other = try SimulatedGateway(.script([Array("HTTP/1.1 200 OK\r\n\r\n+OK hello\r\n".utf8)], closes: false))
        #expect(try Wire(stage.endpoint(by: Self.route(other, .http))).line() == "+OK hello")
    }
}
