import Foundation
import Glibc
import Simulation
import Testing

/// What is left of a server when it stops.
@Suite(.timeLimit(.minutes(2))) struct ServerStopTests {
    /// This process's sockets bound to the port: the server's side.
    static func openSockets(onPort port: UInt16) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }.count {
            descriptor in
            var address = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let status = withUnsafeMutableBytes(of: &address) {
                getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
            }
            return status == 0 && address.sin_family == AF_INET && UInt16(bigEndian: address.sin_port) == port
        }
    }

    /// This process's threads with the server's name.
    static func threads(onPort port: UInt16) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count {
            (try? String(contentsOfFile: "/proc/self/task/\($0)/comm", encoding: .utf8)) == "pop3-\(port)\n"
        }
    }

    @Test("stop ends sessions of every kind and leaves no descriptor and no thread")
    func stop() throws {
        let certificate = try SimulatedCertificate.issue()
        let server = try Sample.server([
            FaultRule(.command("NOOP"), .stall), FaultRule(.command("UIDL"), .endlessListing),
            FaultRule(.command("STAT"), .delay(seconds: 100)), FaultRule(.command("LIST"), .drip(bytesPerSecond: 1)),
        ])
        let secure = try Sample.server(transport: .implicitTLS(certificate))
        let clients = ["NOOP", "UIDL", "STAT", "LIST", "RETR 1"].map { command in
            let client = Sample.loggedIn(server)
            client.send(command + "\r\n")
            return client
        }
        let silent = RawClient(port: secure.port)
        #expect(try Self.openSockets(onPort: server.port) == 6)
        #expect(try Self.threads(onPort: server.port) == 6)
        let duration = ContinuousClock().measure {
            server.stop()
            secure.stop()
        }
        #expect(duration < .seconds(2))
        #expect(server.liveSessionCount == 0)
        #expect(try Self.openSockets(onPort: server.port) == 0)
        #expect(try Self.openSockets(onPort: secure.port) == 0)
        #expect(try Self.threads(onPort: server.port) == 0)
        #expect(try Self.threads(onPort: secure.port) == 0)
        #expect(RawClient(port: server.port).end == .rst)
        server.stop()
        withExtendedLifetime((clients, silent)) {}
    }

    @Test("a server that is forgotten stops")
    func forgotten() throws {
        var server: SimulatedServer? = try Sample.server()
        let port = server!.port
        let client = RawClient(port: port)
        #expect(client.line().hasPrefix("+OK"))
        server = nil
        #expect(client.restText().isEmpty)
        #expect(try Self.openSockets(onPort: port) == 0)
    }

    @Test("a client that goes in the middle of a reply does not end the process")
    func brokenPipe() throws {
        let certificate = try SimulatedCertificate.issue()
        for transport in [SimulatedTransport.plain, .implicitTLS(certificate)] {
            let server = try Sample.server([FaultRule(.command("UIDL"), .endlessListing)], transport: transport)
            do {
                let client = RawClient(port: server.port)
                if case .implicitTLS = transport { _ = client.startTLS(authority: certificate.authorityPEM) }
                _ = client.line()
                client.send("UIDL\r\n")
                _ = client.rest(atLeast: 100_000)
            }
            server.stop()
            #expect(server.sentByteCount > 0)
        }
    }
}
