import Foundation
import Platform
import Simulation
import Testing

@testable import Transport

/// Unix sockets, tunnels, and the addresses of this machine.
@Suite(.timeLimit(.minutes(1))) struct RouteTests {
    /// A path for something that is made there.
    private static func path() -> String {
        FileManager.default.temporaryDirectory.appending(path: "route-\(UUID().uuidString.prefix(8))").path()
    }

    /// Carries standard input and output to a port and from it.
    static let relay = """
        exec python3 -c 'import os, select, socket, sys
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        while True:
            for f in select.select([0, s], [], [])[0]:
                b = os.read(0, 65536) if f == 0 else s.recv(65536)
                if not b: sys.exit(0)
                s.sendall(b) if f == 0 else os.write(1, b)' %h %p
        """

    private static func tunnel(_ command: String) -> Endpoint.Route { Endpoint.Route(.tunnel(command: command)) }

    // MARK: - Unix sockets

    @Test("a server is reached by a Unix socket, in the clear and under TLS", arguments: [false, true])
    func socket(isSecure: Bool) throws {
        let stage = try Stage.make(isSecure: isSecure)
        let path = Self.path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let gateway = try SimulatedGateway(.unixSocket(path: path, port: stage.server.port))
        let wire = try Wire(stage.endpoint(by: Endpoint.Route(.socket(path: path))))
        #expect(try wire.line().hasPrefix("+OK"))
        #expect((wire.connection.securityName != nil) == isSecure)
        gateway.stop()
    }

    @Test("a Unix socket that is not there, or that nobody listens on, is told by its path")
    func noSocket() throws {
        let stage = try Stage()
        let path = Self.path()
        let missing = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Endpoint.Route(.socket(path: path))))
        }
        #expect(missing?.code == .connectFailed)
        #expect(missing?.message.contains("the `socket` \(path) (No such file or directory)") == true)
        let gateway = try SimulatedGateway(.unixSocket(path: path, port: 1))
        defer { try? FileManager.default.removeItem(atPath: path) }
        gateway.stop()
        let dead = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Endpoint.Route(.socket(path: path))))
        }
        #expect(dead?.message.contains("(Connection refused)") == true)
        let long = #expect(throws: TransportError.self) {
            let path = "/" + String(repeating: "x", count: 107)
            _ = try Wire(stage.endpoint(by: Endpoint.Route(.socket(path: path))))
        }
        #expect(long?.code == .badRoute && long?.message.contains("too long") == true)
    }

    // MARK: - Tunnels

    @Test("a server is reached by a command, in the clear and under TLS", arguments: [false, true])
    func tunnel(isSecure: Bool) throws {
        let stage = try Stage.make(isSecure: isSecure)
        let wire = try Wire(stage.endpoint(by: Self.tunnel(Self.relay)))
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(try wire.ask("USER ann").hasPrefix("+OK"))
        #expect((wire.connection.securityName != nil) == isSecure)
        #expect(try wire.ask("QUIT").hasPrefix("+OK"))
        // The command ends as it should: so does the stream.
        #expect(try wire.read().isEmpty)
    }

    @Test(
        "a command that ends early is told with its status and its last words",
        arguments: [
            ("echo one >&2; printf 'two\\033[31m\\n' >&2; exit 255", "ended with status 255: one / two?[31m: try"),
            ("exit 0", "ended with status 0: try it by hand"), ("kill -9 $$", "was ended by signal 9: try"),
            ("no-such-command", "was not found (status 127): "), ("/dev/null", "cannot be run (status 126): "),
            ("yes 0123456789 | head -n 30000 >&2; echo the end >&2; exit 3", "0123456789 / the end: try"),
        ], [false, true])
    func ending(item: (command: String, words: String), isSecure: Bool) throws {
        let stage = try Stage.make(isSecure: isSecure)
        let error = #expect(throws: TransportError.self) {
            let wire = try Wire(stage.endpoint(by: Self.tunnel(item.command)))
            _ = try wire.read()
        }
        #expect(error?.message.contains(item.words) == true, "\(String(describing: error))")
        #expect(error?.message.contains("the `tunnel-command`") == true)
        #expect((error?.message.utf8.count ?? 0) < 600)
        #expect(error?.isTemporary == (error?.code != .badRoute))
    }

    @Test("a command ends with its connection, and all that it has started, willing or not")
    func leftBehind() throws {
        let stage = try Stage()
        let file = Self.path()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let stubborn = "sh -c 'trap \"\" TERM HUP; echo $$ >>\(file); while :; do sleep 1; done' <&- >&- 2>&-"
        do {
            let wire = try Wire(
                stage.endpoint(by: Self.tunnel("echo $$ >\(file); \(stubborn) & \(Self.relay)")))
            #expect(try wire.line().hasPrefix("+OK"))
            while try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").count < 2 { usleep(10_000) }
        }
        let pids = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").compactMap { Int32($0) }
        #expect(pids.count == 2)
        for pid in pids {
            // What is no child of ours is waited for by another one.
            for _ in 0..<500 where Process.startTicks(of: pid) != nil && !Self.isZombie(pid) { usleep(10_000) }
            #expect(Process.startTicks(of: pid) == nil || Self.isZombie(pid))
        }
    }

    private static func isZombie(_ pid: Int32) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        return text.split(separator: ") ").last?.first == "Z"
    }

    @Test("a command that says nothing is left when the time is over")
    func silentCommand() throws {
        let stage = try Stage(certificate: .issue())
        let start = ContinuousClock.now
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Self.tunnel("exec sleep 50")), timeout: .milliseconds(300))
        }
        #expect(error?.code == .timedOut(.handshake))
        #expect((.milliseconds(290) ... .seconds(10)).contains(start.duration(to: .now)))
    }

    @Test(
        "host, port and percent sign are put into the command, quoted where it is needed",
        arguments: [
            ("ssh -W %h:%p gw", "pop.example", "ssh -W pop.example:995 gw"), ("\"%h\" 100%%", "::1", "\"::1\" 100%"),
            ("%h", "fe80::1%a'b; c", "'fe80::1%a'\\''b; c'"), ("%x %", "h", "%x %"), ("%%h", "h", "%h"), ("", "h", ""),
        ])
    func expansion(command: String, host: String, expanded: String) {
        let endpoint = Endpoint(host: host, port: 995, security: .none)
        #expect(TunnelCommand.expanded(command, for: endpoint) == expanded)
    }

    // MARK: - Addresses

    @Test("a connection comes from the address that is asked for", arguments: ["127.0.0.2", "127.9.8.7"])
    func source(address: String) throws {
        let stage = try Stage(host: "127.0.0.1")
        let wire = try Wire(stage.endpoint(by: Endpoint.Route(sourceAddress: address)))
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(Self.localAddress(of: wire.connection.handle.number) == address)
        // Names are looked up for the family of the address only.
        #expect(
            try Wire(stage.endpoint(by: Endpoint.Route(sourceAddress: address), host: "localhost")).line().hasPrefix(
                "+"))
    }

    private static func localAddress(of descriptor: Int32) -> String {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &address) {
            _ = getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        let number = UInt32(bigEndian: address.sin_addr.s_addr)
        return [24, 16, 8, 0].map { String(number >> $0 & 0xFF) }.joined(separator: ".")
    }

    @Test("an address that this machine does not have is told", arguments: ["192.0.2.1", "::1", "nonsense"])
    func foreignSource(address: String) throws {
        let stage = try Stage(host: "127.0.0.1")
        let error = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: Endpoint.Route(family: .ipv4, sourceAddress: address)))
        }
        #expect(error?.code == .badRoute && error?.isTemporary == false)
        #expect(error?.message.contains("the `source-address` \(address)") == true, "\(String(describing: error))")
    }

    @Test("only addresses of the family that is asked for are used", arguments: [false, true])
    func family(isIPv6: Bool) throws {
        let stage = try Stage(address: isIPv6 ? .ipv6 : .ipv4)
        let right = Endpoint.Route(family: isIPv6 ? .ipv6 : .ipv4)
        let wrong = Endpoint.Route(family: isIPv6 ? .ipv4 : .ipv6)
        let destination = try Destination(stage.endpoint(by: right))
        // Some machines know localhost by one family only.
        guard let addresses = try? Address.lookUp(destination) else { return }
        #expect(addresses.allSatisfy { $0.family == right.family.number })
        #expect(try Wire(stage.endpoint(by: right)).line().hasPrefix("+OK"))
        let refused = #expect(throws: TransportError.self) { _ = try Wire(stage.endpoint(by: wrong)) }
        #expect(refused?.code == .connectFailed || refused?.code == .nameNotFound)
        let digits = #expect(throws: TransportError.self) {
            _ = try Wire(stage.endpoint(by: wrong, host: isIPv6 ? "::1" : "127.0.0.1"))
        }
        #expect(digits?.code == .nameNotFound)
        #expect(digits?.message.contains("for \(isIPv6 ? "IPv4" : "IPv6"), the only family") == true)
    }
}
