import Archive
import Manifest
import Platform
import Simulation
import Testing

@testable import Drain

extension QuirkTests {
    /// How commands must reach a server, and what it says it can do.
    @Suite(.timeLimit(.minutes(5))) struct Commands {
        @Test("quirk 4: CAPA is asked again after STLS and after the login, and what it tells then counts")
        func capabilitiesThatChange() async throws {
            let mails = [[UInt8]].mails(4)
            let field = try FieldServer(
                Bench.maildrop(mails), transport: try Bench.stls(), capabilities: ["USER", "SASL PLAIN"],
                afterLogin: ["UIDL", "TOP", "PIPELINING"])
            let two = field.account(tls: .stls)
            #expect(try await field.bench.drain([two]).isComplete)
            let log = field.server.log(ofSession: 1)
            // It offers PLAIN and does not know AUTH.
            #expect(log.prefix(3) == ["CAPA", "STLS", "CAPA"] && log[3].hasPrefix("AUTH PLAIN "))
            #expect(log[4...].prefix(3) == ["USER ann", "PASS \(Bench.password)", "CAPA"])
            try field.expect(mails)
        }

        @Test(
            "quirk 4: a server that closes or hangs at CAPA twice is called again and not asked",
            arguments: [Fault.closeBefore(.fin), .closeBefore(.rst), .stall, .closeAfterBytes(9, how: .fin)],
            [TLSMode.none, .implicit, .stls])
        func brokenCapabilities(fault: Fault, tls: TLSMode) async throws {
            let transport: SimulatedTransport =
                switch tls {
                case .none: .plain
                case .implicit: try Bench.tls()
                case .stls: try Bench.stls()
                }
            let mails = [[UInt8]].mails(3)
            let field = try FieldServer(
                Bench.maildrop(mails), [FaultRule(.command("CAPA"), fault)], transport: transport)
            let report = try await field.drain(tls: tls, seconds: 1)
            #expect(report.isComplete, "\(report)")
            #expect(field.count("CAPA") == 2 && field.server.sessionCount == 3)
            try field.expect(mails)
        }

        @Test(
            "quirk 4: a server that closes or hangs at the CAPA after STLS or after the login is not asked there again",
            arguments: [Fault.closeBefore(.fin), .stall], [2, 3])
        func brokenLaterCapabilities(fault: Fault, nth: Int) async throws {
            let mails = [[UInt8]].mails(3)
            let field = try FieldServer(
                Bench.maildrop(mails), [FaultRule(.command("CAPA"), fault, when: .from(nth))],
                transport: try Bench.stls())
            let report = try await field.drain(tls: .stls, seconds: 1)
            #expect(report.isComplete, "\(report)")
            try field.expect(mails)
        }

        /// A server that announces PIPELINING and does it wrong.
        struct Racy: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let script: FaultScript

            private init(_ name: String, _ script: FaultScript) { (testDescription, self.script) = (name, script) }

            /// The third message is answered with this, once.
            private init(_ name: String, _ fault: Fault) {
                self.init(name, [FaultRule(.command("RETR", message: 3), fault, when: .only(1))])
            }

            static let all = [
                Racy("all behind a command is lost", FaultScript.pipeliningBroken),
                Racy("all behind RETR is lost", [FaultRule(.command("RETR"), .pipeliningBroken)]),
                Racy("one command is lost", .replyBytes([])), Racy("one reply comes twice", .double),
                Racy("a refusal comes twice", .replyBytes(Array("-ERR no\r\n-ERR no\r\n".utf8))),
                Racy("a word behind a reply", .replyBytes(Array("-ERR no\r\nreally\r\n".utf8))),
                Racy("a terminator is missing", .omitTerminator),
                Racy(
                    "a terminator is missing, and all sizes are wrong",
                    [
                        FaultRule(.command("RETR", message: 3), .omitTerminator, when: .only(1)),
                        FaultRule(.command("LIST"), .wrongSize(.value(1000))),
                    ]),
            ]
        }

        @Test(
            "quirk 22: a server that loses or doubles replies under pipelining mixes up no messages, also of equal sizes",
            arguments: Racy.all, [false, true])
        func racyPipelining(racy: Racy, isEqual: Bool) async throws {
            let mails = [[UInt8]].mails(40, byteCount: 60, isEqual: isEqual)
            let field = try FieldServer(mails, racy.script)
            let first = try await field.drain(retries: 3, seconds: 0.5)
            try field.expectNames(field.remaining)
            #expect(first.failure == nil && first.result.listed == 40, "\(first)")
            if !first.isComplete { try await field.drainWell() }
            try field.expect(mails)
            try field.expectNames(field.remaining)
        }

        @Test("quirk 22: what one account has learnt of pipelining holds for all of its host")
        func learntPerHost() async throws {
            let bench = try Bench()
            let mails = [[UInt8]].mails(10)
            var maildrop = Bench.maildrop(mails)
            maildrop.isExclusive = true
            let server = try SimulatedServer(
                maildrops: ["ann": maildrop, "bob": maildrop], script: .pipeliningBroken)
            let accounts = ["ann", "bob"].map { bench.account($0, at: server, seconds: 5) }
            let report = try await bench.drain(accounts, parallel: 1, retries: 2)
            #expect(report.isComplete, "\(report.accounts)")
            // The account that came first lost its STAT behind CAPA and asked again; the other one asked once.
            #expect(server.log.count { $0 == "STAT" } == 2, "\(server.log)")
            try bench.expect(["ann": mails, "bob": mails])
        }

        @Test("quirk 23: each command goes out whole, in one write")
        func segments() async throws {
            var habits = ServerHabits()
            habits.takesSegmentsForCommands = true
            let mails = [[UInt8]].mails(20)
            let field = try FieldServer(Bench.maildrop(mails), habits: habits)
            #expect(try await field.drainWell(.archived).deleted == 20)
            let verbs = ["CAPA", "USER", "PASS", "STAT", "UIDL", "LIST", "RETR", "DELE", "QUIT"]
            #expect(field.server.log.allSatisfy { line in verbs.contains(where: line.hasPrefix) })
            try field.expect(mails)
        }

        @Test("quirk 24 (partly open): +ERR is a refusal, and a + alone is no reply outside SASL")
        func oddReplies() async throws {
            let mails = [[UInt8]].mails(4)
            let field = try FieldServer(
                mails, [FaultRule(.command("RETR", message: 2), .replyText("+ERR damaged"), when: .only(1))])
            let first = try await field.drain()
            #expect(first.failure == nil && first.result.quarantined == 1 && first.result.archived == 3)
            try await field.drainWell()
            try field.expect(mails)
            let other = try FieldServer(mails, [FaultRule(.command("STAT"), .replyBytes(Array("+\r\n".utf8)))])
            #expect(try await other.drain().failure?.description.contains("not a POP3 reply") == true)
        }

        @Test("quirk 25 (partly open): a secret of thousands of octets goes out in one PASS")
        func longSecret() async throws {
            let token = String(repeating: "abcdefgh", count: 1000)
            let bench = try Bench()
            let mails = [[UInt8]].mails(2)
            let server = try SimulatedServer(
                maildrops: ["ann": SimulatedMaildrop(password: token, messages: Bench.maildrop(mails).messages)])
            #expect(try await bench.drain([bench.account("ann", at: server, password: token)]).isComplete)
            try bench.expect(["ann": mails])
        }

        @Test("quirk 37: nothing is sent with or behind STLS, PASS and QUIT")
        func barriers() async throws {
            let mails = [[UInt8]].mails(10)
            let script = FaultScript(
                ["STLS", "USER", "PASS", "QUIT"].map { FaultRule(.command($0), .pipeliningBroken) })
            let field = try FieldServer(Bench.maildrop(mails), script, transport: try Bench.stls())
            let report = try await field.drain(.archived, tls: .stls, seconds: 2)
            #expect(report.isComplete && report.result.deleted == 10, "\(report)")
            #expect(field.server.sessionCount == 1)
            try field.expect(mails)
        }

        @Test("quirk 42: commands have one space between words and none at the ends")
        func spaces() async throws {
            var habits = ServerHabits()
            habits.refusesExtraSpaces = true
            let mails = [[UInt8]].mails(5)
            let field = try FieldServer(Bench.maildrop(mails), habits: habits)
            try await field.drainWell()
            field.change { for index in $0.indices { $0[index].uniqueID = [UInt8(ascii: "a"), UInt8(index + 48)] } }
            try await field.drainWell()
            #expect(try await field.drainWell(.archived).deleted == 5)
            #expect(["TOP", "RETR", "DELE"].allSatisfy { field.count($0) > 0 })
            try field.expect(mails)
        }

        @Test("quirk 43: broken, repeated and long lines of CAPA are passed over")
        func brokenCapabilityLines() async throws {
            let mails = [[UInt8]].mails(5)
            let lines = [
                "EXPIRENEVER", "60", "", "  ", "SASL", "UIDL", "UIDL", "LOGIN-DELAY", "EXPIRE",
                "IMPLEMENTATION " + String(repeating: "long ", count: 60), "\u{1B}[2J", "TOP",
            ]
            let field = try FieldServer(Bench.maildrop(mails), capabilities: lines)
            try await field.drainWell()
            try field.expect(mails)
        }

        @Test("quirk 45: NOOPs keep the session while the disk is slow")
        func slowDisk() async throws {
            var habits = ServerHabits()
            habits.idleLimitSeconds = 5
            let mails = [[UInt8]].mails(4)
            let field = try FieldServer(Bench.maildrop(mails), capabilities: ["USER", "UIDL"], habits: habits)
            var account = field.account(.archived)
            account.timeouts.silence = .seconds(0.4)
            let disk = Faults(
                .sync, under: field.bench.layout.root, suffix: ".tar.gz", only: 1, delaySeconds: 8)
            defer { disk.remove() }
            let report = try await field.bench.drain([account]).accounts[0]
            #expect(report.isComplete && report.result.deleted == 4, "\(report)")
            #expect(field.count("NOOP") >= 2 && field.server.sessionCount == 1)
            try field.expect(mails)
        }

        @Test("quirk 45: a slow password command meets no idle limit")
        func slowPassword() async throws {
            var habits = ServerHabits()
            habits.idleLimitSeconds = 0.5
            let field = try FieldServer(Bench.maildrop(.mails(2)), habits: habits)
            var account = field.account()
            account.secret = .command("sleep 1.5; echo '\(Bench.password)'")
            #expect(try await field.bench.drain([account]).isComplete)
        }
    }
}
