import Archive
import Manifest
import Simulation
import Testing
import Transport

@testable import Drain

extension QuirkTests {
    /// Logins, and servers that do not want so many of them.
    @Suite(.timeLimit(.minutes(5))) struct Logins {
        @Test("quirk 2: a user of recent: goes to the server as it is")
        func recent() async throws {
            let bench = try Bench()
            let mails = [[UInt8]].mails(2)
            let user = "recent:ann@example.org"
            let server = try SimulatedServer(maildrops: [user: Bench.maildrop(mails)])
            #expect(try await bench.drain([bench.account(user, at: server, name: "ann")]).isComplete)
            #expect(server.log.contains("USER \(user)"))
            try bench.expect(["ann": mails])
        }

        @Test(
            "quirk 26: a mailbox in use or a server that asks to wait is tried again after a wait",
            arguments: [
                "-ERR [IN-USE] Do you have another POP session running?", "-ERR maildrop already locked",
                "-ERR please wait 15 minutes", "-ERR [LOGIN-DELAY] 900", "-ERR [SYS/TEMP] database is away",
                "-ERR [SYS/TEMP/MAIL] away",
            ])
        func busy(refusal: String) async throws {
            let mails = [[UInt8]].mails(3)
            let field = try FieldServer(mails, [FaultRule(.command("PASS"), .replyText(refusal), when: .upTo(2))])
            let waits = Counter()
            let report = try await field.drain(
                retries: 3, observer: Watch { if case .accountWaits = $0 { waits.add() } })
            #expect(report.isComplete, "\(report)")
            #expect(waits.count == 2 && field.server.sessionCount == 3)
            try field.expect(mails)
        }

        @Test(
            "quirk 27: wrong credentials and permanent trouble are not tried again in the run",
            arguments: ["-ERR [AUTH] wrong", "-ERR [SYS/PERM] locked for ever", "-ERR [AUTH] try again later"])
        func refused(refusal: String) async throws {
            let field = try FieldServer(.mails(3), [FaultRule(.command("PASS"), .replyText(refusal))])
            let report = try await field.drain(retries: 5)
            #expect(report.failure?.kind == .refused)
            #expect(field.server.sessionCount == 1)
        }

        @Test("quirk 28: a refusal without a reason after a good login means to wait, not a wrong password")
        func throttled() async throws {
            let mails = [[UInt8]].mails(3)
            let script: FaultScript = [FaultRule(.command("PASS"), .replyText("-ERR Logon failure"), when: .only(2))]
            let field = try FieldServer(mails, script)
            try await field.drainWell()
            let second = try await field.drain()
            #expect(second.failure?.kind == .retry)
            #expect(second.failure?.description.contains("password") == true)
            let fresh = try FieldServer(
                mails, [FaultRule(.command("PASS"), .replyText("-ERR Logon failure"), when: .only(1))])
            #expect(try await fresh.drain(retries: 3).failure?.kind == .refused)
        }

        @Test("quirk 29: the answer to PASS may take longer than any other")
        func slowLogin() async throws {
            let field = try FieldServer(.mails(2), [FaultRule(.command("PASS"), .delay(seconds: 1))])
            var account = field.account(seconds: 0.5)
            account.timeouts.login = .seconds(20)
            #expect(try await field.bench.drain([account]).isComplete)
            account.timeouts.login = .seconds(0.5)
            let report = try await field.bench.drain([account])
            #expect(report.accounts[0].failure?.description.contains("`login-timeout`") == true)
        }

        @Test("quirk 31: logins at a host keep the distance that is asked for")
        func spacing() async throws {
            var habits = ServerHabits()
            habits.loginIntervalSeconds = 0.3
            let bench = try Bench()
            let mails = [[UInt8]].mails(2)
            let names = ["ann", "bob", "eve"]
            let server = try SimulatedServer(
                maildrops: Dictionary(uniqueKeysWithValues: names.map { ($0, Bench.maildrop(mails)) }), habits: habits)
            let accounts = names.map { bench.account($0, at: server) }
            let report = try await bench.drain(accounts, loginInterval: .milliseconds(450))
            #expect(report.isComplete, "\(report.accounts)")
            #expect(server.sessionCount == 3)
            try bench.expect(["ann": mails, "bob": mails, "eve": mails])
        }

        @Test("quirk 32: old TLS and certificates of an unknown authority are refused, unless the account lets them in")
        func oldTLS() async throws {
            var habits = ServerHabits()
            habits.speaksOldTLSOnly = true
            let old = try FieldServer(Bench.maildrop(.mails(1)), transport: try Bench.tls(), habits: habits)
            let failure = try #require(try await old.drain(tls: .implicit, retries: 3).failure)
            #expect(failure.kind == .refused && failure.description.contains("TLS"), "\(failure)")
            #expect(old.server.sessionCount == 1 && old.server.log.isEmpty)
            let unknown = try FieldServer(
                Bench.maildrop(.mails(1)), transport: .implicitTLS(try SimulatedCertificate.issue()))
            let other = try #require(try await unknown.drain(tls: .implicit, retries: 3).failure)
            #expect(other.kind == .refused && other.description.contains("certificate"), "\(other)")
            #expect(unknown.server.log.isEmpty)
            var account = old.account(tls: .implicit)
            (account.tlsPolicy.minimumVersion, account.tlsPolicy.securityLevel) = (.tls10, 0)
            #expect(try await old.bench.drain([account]).isComplete)
            account = unknown.account(tls: .implicit)
            let report = try #require(await Probe([account], JobSettings()).run().first)
            let pin = try #require(report.tls?.chain.first?.pin)
            account.tlsPolicy.pins = [try #require(KeyPin("\(pin)"))]
            #expect(try await unknown.bench.drain([account]).isComplete)
        }

        @Test("quirk 33: what came in the clear behind the answer to STLS ends the session")
        func injection() async throws {
            let injected = "+OK\r\n+OK\r\n+OK 1 100\r\n"
            let field = try FieldServer(
                Bench.maildrop(.mails(1)),
                [FaultRule(.command("STLS"), .injectAfterSTLS(Array(injected.utf8)))], transport: try Bench.stls())
            let report = try await field.drain(tls: .stls, retries: 3)
            #expect(report.failure?.kind == .refused && report.result.listed == 0)
            #expect(field.server.log == ["CAPA", "STLS"])
        }

        @Test("quirk 41: a close before the greeting means busy, and is tried again")
        func busyHost() async throws {
            var habits = ServerHabits()
            habits.connectionLimit = 2
            let bench = try Bench()
            let mails = [[UInt8]].mails(3)
            let names = (0..<6).map { "user\($0)" }
            let server = try SimulatedServer(
                maildrops: Dictionary(uniqueKeysWithValues: names.map { ($0, Bench.maildrop(mails)) }),
                script: [FaultRule(.command("STAT"), .delay(seconds: 0.05))], habits: habits)
            let accounts = names.map { bench.account($0, at: server) }
            let report = try await bench.drain(accounts, parallel: 6, retries: 20)
            #expect(report.isComplete, "\(report.accounts.compactMap(\.failure))")
            try bench.expect(Dictionary(uniqueKeysWithValues: names.map { ($0, mails) }))
            let closed = try SimulatedServer(maildrops: [:], script: [FaultRule(.greeting, .closeBefore(.fin))])
            let once = try await bench.drain([bench.account("user0", at: closed)])
            #expect(once.accounts[0].failure?.kind == .retry)
            #expect(once.accounts[0].failure?.description.contains("`parallel-per-host`") == true)
        }

        @Test("quirk 41: no more than four sessions with a host unless the manifest says so")
        func fewPerHost() { #expect(JobSettings().parallelPerHost == 4) }

        @Test("quirk 44 (partly open): the name of a sub-mailbox goes to the server as it is")
        func subMailbox() async throws {
            let bench = try Bench()
            let mails = [[UInt8]].mails(2)
            let name = "ann+work:Archive/2024 old"
            let server = try SimulatedServer(maildrops: [name: Bench.maildrop(mails)])
            #expect(try await bench.drain([bench.account(name, at: server, name: "ann")]).isComplete)
            #expect(server.log.contains("USER \(name)"))
            try bench.expect(["ann": mails])
        }
    }
}
