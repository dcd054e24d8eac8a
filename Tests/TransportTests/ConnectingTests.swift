import Glibc
import Platform
import Simulation
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(1))) struct ConnectingTests {
    private static func plain(_ host: String, _ port: UInt16) -> Endpoint {
        Endpoint(host: host, port: port, security: .none)
    }

    @Test("a port that nobody listens on is refused at once", arguments: ["127.0.0.1", "::1", "localhost"])
    func refused(host: String) throws {
        let stage = try Stage()
        stage.server.stop()
        let error = #expect(throws: TransportError.self) { _ = try Wire(Self.plain(host, stage.server.port)) }
        #expect(error?.code == .connectFailed && error?.isTemporary == true)
        #expect(error?.message.contains("Connection refused") == true)
        #expect(error?.message.contains("is the server running, and is `port` right?") == true)
        let name = host == "::1" ? "[::1]" : host
        #expect(error?.description.hasPrefix("\(name):\(stage.server.port): ") == true)
    }

    @Test("a host without an address is not found", arguments: ["", "no such host", "a..b", "256.1.1.1.1:"])
    func nameNotFound(host: String) {
        let error = #expect(throws: TransportError.self) { _ = try Wire(Self.plain(host, 110)) }
        #expect(error?.code == .nameNotFound || error?.code == .nameServiceFailed, "\(String(describing: error))")
        #expect(error?.message.contains(error?.isTemporary == true ? "try again later" : "check `host`") == true)
    }

    @Test("a host that does not answer is left when the time is over", arguments: [false, true])
    func timeOut(isIPv6: Bool) throws {
        let listener = try #require(FullListener(isIPv6: isIPv6))
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(Self.plain(isIPv6 ? "::1" : "127.0.0.1", listener.port), timeout: .milliseconds(300))
        }
        #expect(error?.code == .timedOut(.connect) && error?.isTemporary == true)
        #expect(error?.message.contains("`connect-timeout`") == true)
        #expect((.milliseconds(290) ... .seconds(10)).contains(start.duration(to: .now)))
        withExtendedLifetime(listener) {}
    }

    @Test("a raised flag ends the wait for a host that does not answer", arguments: ["127.0.0.1", "localhost"])
    func stopped(host: String) throws {
        let listener = try #require(FullListener(isIPv6: false))
        let stop = try EventFlag()
        let start = ContinuousClock.now
        _ = Thread(name: "raise") {
            usleep(100_000)
            stop.raise()
        }
        let error = #expect(throws: TransportError.self) {
            _ = try Connection(to: Self.plain(host, listener.port), timeout: .seconds(60), stop: stop) { _ in }
        }
        // The other family of localhost may refuse; the one that does not answer is waited for.
        #expect(error?.code == .stopped)
        #expect(start.duration(to: .now) < .seconds(10))
        withExtendedLifetime(listener) {}
    }

    @Test("a name is not looked up once the flag is raised, and no longer than the time-out")
    func lookingUp() throws {
        let stop = try EventFlag()
        let destination = try Destination(Self.plain("localhost", 110))
        #expect(try !NameLookup.run(destination, deadline: Deadline(after: .seconds(20)), stop: stop).isEmpty)
        let late = #expect(throws: TransportError.self) {
            _ = try NameLookup.run(destination, deadline: Deadline(after: .milliseconds(50)), stop: nil) { _ in
                sleep(1)
                return []
            }
        }
        #expect(late?.code == .timedOut(.connect) && late?.message.contains("name service") == true)
        stop.raise()
        let error = #expect(throws: TransportError.self) {
            _ = try NameLookup.run(destination, deadline: Deadline(after: .seconds(20)), stop: stop)
        }
        #expect(error?.code == .stopped)
    }

    @Test("localhost is reached when only one family listens", arguments: [SimulatedAddress.ipv4, .ipv6])
    func oneFamily(address: SimulatedAddress) throws {
        let stage = try Stage(address: address)
        let families = try Address.lookUp(Destination(stage.endpoint)).map(\.family)
        // Some machines know localhost by one family only.
        guard families.contains(address == .ipv4 ? AF_INET : AF_INET6) else { return }
        #expect(try Wire(stage.endpoint).line().hasPrefix("+OK"))
    }

    @Test("an address that refuses gives way to the next at once, whichever listens", arguments: [false, true])
    func refusingFirst(isIPv6: Bool) throws {
        let stage = try Stage(address: isIPv6 ? .ipv6 : .ipv4)
        let start = ContinuousClock.now
        let (refusing, listening) = isIPv6 ? ("127.0.0.1", "::1") : ("::1", "127.0.0.1")
        let hosts = Array(repeating: refusing, count: 20) + [listening]
        close(try Self.race(stage.server.port, hosts))
        #expect(start.duration(to: .now) < .seconds(4), "twenty times a quarter of a second is five")
    }

    @Test("an address that does not answer delays the next by a quarter of a second only", arguments: [false, true])
    func silentFirst(isIPv6: Bool) throws {
        let (stage, listener) = try Self.servingAndSilent(isIPv6: isIPv6)
        let start = ContinuousClock.now
        close(try Self.race(stage.server.port, isIPv6 ? ["127.0.0.1", "::1"] : ["::1", "127.0.0.1"]))
        #expect((.milliseconds(240) ... .seconds(5)).contains(start.duration(to: .now)))
        withExtendedLifetime(listener) {}
    }

    private struct NoFreePort: Error {}

    /// A server of one family, and a listener of the other that does not answer on the same port.
    private static func servingAndSilent(isIPv6: Bool) throws -> (Stage, FullListener) {
        for _ in 0..<20 {
            let stage = try Stage(address: isIPv6 ? .ipv6 : .ipv4)
            // Somebody else may have that port.
            if let listener = FullListener(isIPv6: !isIPv6, port: stage.server.port) { return (stage, listener) }
        }
        throw NoFreePort()
    }

    /// The winner's descriptor.
    private static func race(_ port: UInt16, _ hosts: [String]) throws -> CInt {
        let addresses = try hosts.flatMap { try Address.lookUp(Destination(plain($0, port))) }
        return try ConnectionRace.run(
            Destination(plain("race.example", port)), at: addresses, deadline: Deadline(after: .seconds(20)))
    }

    @Test("IPv6 is spoken in the clear and under TLS", arguments: [false, true])
    func ipv6(isSecure: Bool) throws {
        let stage = try Stage(host: "::1", certificate: isSecure ? .issue() : nil, address: .ipv6)
        #expect(try Wire(stage.endpoint).line().hasPrefix("+OK"))
        #expect(stage.endpoint.name == "[::1]:\(stage.server.port)")
    }

    @Test("a handle is given before the handshake, and cuts it off")
    func cutOffHandshake() throws {
        let stage = try Stage([FaultRule(.handshake, .stall)], certificate: .issue())
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint) { handle in Cutter.cutOff(handle, afterMilliseconds: 100) }
        }
        #expect(error?.code == .closed, "\(String(describing: error))")
        #expect(start.duration(to: .now) < .seconds(10))
    }
}
