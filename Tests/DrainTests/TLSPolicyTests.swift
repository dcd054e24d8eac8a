import Platform
import Simulation
import Testing
import Transport

@testable import Drain
@testable import Manifest

/// What an account's TLS policy does to a run and to `check`.
@Suite struct TLSPolicyTests {
    private static func field(
        _ certificate: SimulatedCertificate, habits: ServerHabits = ServerHabits(), stls: Bool = false
    ) throws -> FieldServer {
        try FieldServer(
            Bench.maildrop(.mails(2)), transport: stls ? .stls(certificate) : .implicitTLS(certificate), habits: habits)
    }

    private static func probe(_ account: Account) async -> ProbeReport {
        await Probe([account], JobSettings()).run()[0]
    }

    private static func seconds() -> Int64 { WallClock.now() }

    @Test("what is weaker than the default is told once in every run, by account and key")
    func notices() async throws {
        var habits = ServerHabits()
        habits.speaksOldTLSOnly = true
        let field = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.tls(), habits: habits)
        var account = field.account(tls: .implicit)
        (account.tlsPolicy.minimumVersion, account.tlsPolicy.securityLevel) = (.tls11, 0)
        for _ in 0..<2 {
            let watch = Watch()
            #expect(try await field.bench.drain([account], observer: watch).isComplete)
            let told = watch.texts.filter { $0.contains("allows") }
            #expect(told.count == 2 && told.allSatisfy { $0.hasPrefix("ann: `tls-") }, "\(watch.texts)")
        }
        // Without TLS they allow nothing.
        account.tls = .none
        #expect(account.weaknesses.isEmpty)
        let silent = Watch()
        let today = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.tls())
        #expect(try await today.drain(tls: .implicit, observer: silent).isComplete)
        #expect(silent.texts.filter { $0.contains("allows") }.isEmpty)
    }

    @Test("a probe tells the certificate of a server that it lets in, and the settings that it met")
    func probed() async throws {
        let field = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.stls())
        let report = await Self.probe(field.account(tls: .stls))
        #expect(report.failure == nil && report.finding?.messageCount == 2)
        let tls = try #require(report.tls)
        #expect(tls.security?.hasPrefix("TLSv1.3 TLS_") == true && tls.weaknesses.isEmpty)
        #expect(tls.chain[0].subject == "CN = localhost" && tls.chain[0].issuer == "CN = Simulated authority")
        #expect(tls.chain[0].names == ["localhost", "127.0.0.1", "::1"])
        #expect((19...20).contains((try #require(tls.chain[0].expiry) - Self.seconds()) / 86_400))
        #expect(tls.settings == ["tls = \"stls\"", "tls-min = \"1.3\""])
    }

    @Test("a probe tells the certificate of a server whose login fails")
    func refusedLogin() async throws {
        let field = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.tls())
        var account = field.account(tls: .implicit)
        account.secret = .literal(Secret("wrong"))
        let report = await Self.probe(account)
        #expect(report.failure?.kind == .refused && report.finding == nil)
        #expect(report.tls?.chain.first?.subject == "CN = localhost")
    }

    @Test(
        "a probe tells the certificate and pin of a server that it refuses, and sends it nothing",
        arguments: [false, true])
    func refusedCertificate(stls: Bool) async throws {
        let field = try Self.field(.selfSigned(), stls: stls)
        var account = field.account(tls: stls ? .stls : .implicit)
        let report = await Self.probe(account)
        #expect(report.failure?.kind == .refused && report.finding == nil)
        let tls = try #require(report.tls)
        #expect(tls.security == nil && tls.chain[0].issuer == "CN = localhost" && tls.chain[0].expiry != nil)
        let pin = try #require(tls.chain[0].pin)
        #expect(tls.settings == ["tls-pin = \"\(pin)\"  # once the server's operator confirms it"])
        #expect(field.server.log.allSatisfy { $0 == "CAPA" || $0 == "STLS" })
        // The line that it tells lets the server in.
        account.tlsPolicy.pins = [try #require(KeyPin("\(pin)"))]
        let pinned = await Self.probe(account)
        #expect(pinned.failure == nil && pinned.tls?.security != nil)
    }

    @Test("a probe tells the name to ask for where the name alone is wrong, and only one that can be pasted")
    func wrongName() async throws {
        let bench = try Bench()
        let authority = try SimulatedAuthority()
        try bench.scratch.write("other.pem", Array(authority.pem.utf8))
        let hostile = #"a.example" # \u0022"#
        for (hosts, setting) in [
            (["*.example.org", "pop.example.org"], "tls-server-name = \"pop.example.org\""),
            ([hostile], "tls-pin = \"sha256:"),
            (["*.example.org"], "tls-pin = \"sha256:"),
        ] {
            let field = try Self.field(authority.certificate(hosts: hosts, addresses: []))
            var account = field.account(tls: .implicit)
            account.tlsPolicy.caFile = bench.scratch.path + "/other.pem"
            let tls = try #require(await Self.probe(account).tls)
            #expect(tls.settings.count == 1 && tls.settings[0].hasPrefix(setting), "\(tls.settings)")
        }
    }

    @Test("a server without TLS has nothing to tell of it")
    func clear() async throws {
        let field = try FieldServer(Bench.maildrop(.mails(2)))
        let report = await Self.probe(field.account())
        #expect(report.failure == nil && report.tls == nil)
    }

    @Test("another key than the pinned one, a revoked certificate and a wrong name get no credential")
    func refusals() async throws {
        let authority = try SimulatedAuthority()
        let certificate = try authority.certificate()
        let bench = try Bench()
        try bench.scratch.write("other.pem", Array(authority.pem.utf8))
        try bench.scratch.write("crl.pem", Array(authority.revocationList([certificate]).utf8))
        var policies: [(TLSPolicy, String)] = []
        var policy = TLSPolicy(caFile: bench.scratch.path + "/other.pem")
        policy.pins = [try #require(KeyPin("sha256:" + String(repeating: "a", count: 64)))]
        policies.append((policy, "`tls-pin`"))
        policy.pins = []
        policy.crlFile = bench.scratch.path + "/crl.pem"
        policies.append((policy, "was revoked"))
        policy.crlFile = nil
        policy.serverName = "pop.example.org"
        policies.append((policy, "not for pop.example.org"))
        policy.serverName = nil
        policy.ciphers = "NONSENSE"
        policies.append((policy, "`tls-ciphers` holds NONSENSE"))
        policy.ciphers = nil
        for tls in [TLSMode.implicit, .stls] {
            let field = try Self.field(certificate, stls: tls == .stls)
            var account = field.account(tls: tls)
            for (policy, words) in policies {
                account.tlsPolicy = policy
                let failure = try #require(try await field.bench.drain([account], retries: 2).accounts[0].failure)
                #expect(failure.kind == .refused && failure.description.contains(words), "\(failure)")
            }
            #expect(field.server.log.allSatisfy { $0 == "CAPA" || $0 == "STLS" }, "\(field.server.log)")
            account.tlsPolicy = policy
            #expect(try await field.bench.drain([account]).isComplete)
        }
    }

    @Test("what a host has told under one policy is not believed under another")
    func separateFacts() throws {
        let field = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.tls())
        let hosts = HostFacts()
        let account = field.account(tls: .implicit)
        hosts.update(account) { $0.capabilitySilenceCount = 2 }
        var other = account
        other.tlsPolicy.clientIdentity = .pkcs12("/ann.p12", passwordFile: nil)
        #expect(hosts[other].isCapabilityCommandBroken)
        other.tlsPolicy.serverName = "pop.example.org"
        #expect(!hosts[other].isCapabilityCommandBroken && hosts[account].isCapabilityCommandBroken)
        other = account
        other.tlsPolicy.securityLevel = 0
        #expect(!hosts[other].isCapabilityCommandBroken)
    }

    @Test("a client certificate opens a server that asks for one, and none is told with the keys to set")
    func clientCertificate() async throws {
        let authority = try SimulatedAuthority()
        let client = try authority.clientCertificate("ann")
        var habits = ServerHabits()
        habits.clientAuthorityPEM = authority.pem
        let field = try FieldServer(Bench.maildrop(.mails(2)), transport: try Bench.tls(), habits: habits)
        let failure = try #require(try await field.drain(tls: .implicit, retries: 3).failure)
        #expect(failure.kind == .refused && failure.description.contains("`tls-client-cert`"), "\(failure)")
        #expect(field.server.sessionCount == 1 && field.server.log.isEmpty)
        let scratch = field.bench.scratch
        try scratch.write("ann.p12", client.pkcs12(password: "open me"))
        try scratch.write("ann.secret", Array("open me\n".utf8))
        var account = field.account(tls: .implicit)
        account.tlsPolicy.clientIdentity = .pkcs12(
            scratch.path + "/ann.p12", passwordFile: scratch.path + "/ann.secret")
        #expect(try await field.bench.drain([account]).isComplete)
    }
}
