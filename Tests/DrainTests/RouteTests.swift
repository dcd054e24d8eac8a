import Archive
import Foundation
import Manifest
import Simulation
import Testing

@testable import Drain

/// Whole drains by every way to a server.
@Suite(.timeLimit(.minutes(5))) struct RouteTests {
    /// Carries standard input and output to a port of a host, and from it.
    private static let relay = """
        exec python3 -c 'import os, select, socket, sys
        s = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        while True:
            for f in select.select([0, s], [], [])[0]:
                b = os.read(0, 65536) if f == 0 else s.recv(65536)
                if not b: sys.exit(0)
                s.sendall(b) if f == 0 else os.write(1, b)' %h %p
        """

    private static func way(
        _ name: String, _ bench: Bench, _ server: SimulatedServer
    ) throws -> (way: Route.Way, gateway: SimulatedGateway?) {
        try bench.scratch.write("proxy-password", Array("s3cret\r\nnot this\n".utf8))
        let secret = SecretSource.file(bench.scratch.path + "/proxy-password")
        switch name {
        case "SOCKS5":
            let gateway = try SimulatedGateway(.socks5(("ann", "s3cret")))
            let proxy = Proxy(.socks5, host: "127.0.0.1", port: gateway.port, user: "ann", secret: secret)
            return (.proxy(proxy), gateway)
        case "CONNECT":
            let gateway = try SimulatedGateway(.http(("ann", "s3cret")))
            let proxy = Proxy(.http, host: "localhost", port: gateway.port, user: "ann", secret: secret)
            return (.proxy(proxy), gateway)
        case "a Unix socket":
            let path = bench.scratch.path + "/pop.sock"
            return (.socket(path: path), try SimulatedGateway(.unixSocket(path: path, port: server.port)))
        default: return (.tunnel(Secret(relay)), nil)
        }
    }

    @Test(
        "a drain goes by every way, and knows the messages that came by another one",
        arguments: ["SOCKS5", "CONNECT", "a Unix socket", "a tunnel command"], [TLSMode.none, .implicit, .stls])
    func drains(name: String, tls: TLSMode) async throws {
        let transport: SimulatedTransport =
            switch tls {
            case .none: .plain
            case .implicit: try Bench.tls()
            case .stls: try Bench.stls()
            }
        let bench = try Bench()
        let mails = [[UInt8]].letters(30) + [Array("large\r\n".utf8) + ArchiveBuilder.text(1 << 20, seed: 9)]
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(mails)], transport: transport)
        let (way, gateway) = try Self.way(name, bench, server)
        var account = bench.account("ann", at: server, tls)
        account.route = Route(way)
        let first = try await bench.drain([account])
        #expect(first.isComplete, "\(first.accounts[0].failure.map { "\($0)" } ?? "")")
        #expect(first.accounts[0].result.archived == mails.count)
        try bench.expect(["ann": mails.transmitted])
        let fetched = server.retrievedCount
        account.route = Route()
        let second = try await bench.drain([account])
        #expect(second.isComplete && second.accounts[0].result.alreadyArchived == mails.count)
        #expect(server.retrievedCount == fetched)
        gateway?.stop()
    }

    @Test("a proxy that refuses fails its account and no other, and is told in words")
    func refusal() async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(3)
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters), "bob": Bench.maildrop(letters), "eve": Bench.maildrop(letters)])
        let gateway = try SimulatedGateway(.socks5(("ann", "another")))
        try bench.scratch.write("proxy-password", Array("s3cret\n".utf8))
        var proxy = Proxy(.socks5, host: "127.0.0.1", port: gateway.port, user: "ann")
        proxy.secret = .file(bench.scratch.path + "/proxy-password")
        var ann = bench.account("ann", at: server)
        ann.route = Route(.proxy(proxy))
        proxy.secret = .environment("MAILCASK_TEST_NOT_SET")
        var eve = bench.account("eve", at: server)
        eve.route = Route(.proxy(proxy))
        let report = try await bench.drain([ann, bench.account("bob", at: server), eve])
        let failures = report.accounts.map(\.failure)
        #expect(failures[0]?.kind == .refused && failures[1] == nil && failures[2]?.kind == .refused)
        #expect(failures[0]?.description.contains("it refuses the login: check the user in `proxy`") == true)
        #expect(failures[2]?.description.contains("`proxy-password-env` is not set") == true)
        #expect(failures[0]?.description.contains("s3cret") == false)
        try bench.expect(["bob": letters])
    }

    @Test("a tunnel command that fails is told with its last words")
    func tunnelFailure() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(.letters(1))])
        var account = bench.account("ann", at: server)
        account.route = Route(.tunnel(Secret("echo 'no route to gateway' >&2; exit 255")))
        let failure = try await bench.drain([account]).accounts[0].failure
        #expect(failure?.kind == .retry)
        #expect(
            failure?.description.contains("the `tunnel-command` ended with status 255: no route to gateway: ") == true,
            "\(failure.map { "\($0)" } ?? "")")
    }

    @Test("what is learnt of a host is not taken for another one of the same name, by another way")
    func facts() throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: [:])
        let hosts = HostFacts()
        var (here, there) = (bench.account("ann", at: server), bench.account("bob", at: server))
        hosts.update(here) { $0.isSlowAtQuit = true }
        #expect(hosts[there].isSlowAtQuit)
        there.route = Route(.tunnel(Secret("ssh -W %h:%p there")))
        #expect(!hosts[there].isSlowAtQuit)
        here.route = there.route
        hosts.update(here) { $0.isSlowAtQuit = true }
        #expect(hosts[there].isSlowAtQuit)
    }
}
