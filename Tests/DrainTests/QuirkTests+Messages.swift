import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

extension QuirkTests {
    /// Messages on their way.
    @Suite(.timeLimit(.minutes(5))) struct Messages {
        static let pipelining = [SimulatedServer.defaultCapabilities, ["USER", "UIDL", "TOP"]]

        struct TopAnswer: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let fault: Fault

            static func bytes(_ name: String, _ text: String) -> TopAnswer {
                TopAnswer(testDescription: name, fault: .replyBytes(Array(text.utf8)))
            }

            static let all = [
                bytes("cut off", "+OK\r\nReceived: from a.exam\r\n.\r\n"), bytes("empty", "+OK\r\n.\r\n"),
                bytes("two +OK", "+OK\r\n+OK top\r\nReceived: from a.example by b.example\r\n.\r\n"),
                TopAnswer(testDescription: "twice", fault: .double),
                TopAnswer(testDescription: "refused", fault: .replyText("-ERR no")),
                TopAnswer(testDescription: "closed", fault: .closeBefore(.fin)),
                TopAnswer(testDescription: "without end", fault: .omitTerminator),
                TopAnswer(testDescription: "nonsense", fault: .replyBytes(Array("<html>\r\n".utf8))),
            ]
        }

        @Test(
            "quirk 15: TOP serves for header fingerprints only, and its faults cost no message",
            arguments: TopAnswer.all)
        func top(answer: TopAnswer) async throws {
            let mails = [[UInt8]].mails(10)
            let field = try FieldServer(mails, [FaultRule(.command("TOP"), answer.fault)])
            #expect(try await field.drain(seconds: 0.5).isComplete)
            #expect(field.count("TOP") == 0)
            field.change { messages in
                for index in messages.indices { messages[index].uniqueID = Array("other\(index)".utf8) }
            }
            let second = try await field.drain(retries: 3, seconds: 0.5)
            #expect(second.isComplete, "\(second)")
            #expect(second.result.duplicates + second.result.mapped == 10)
            try field.expect(mails)
            try field.expectNames(field.remaining)
        }

        @Test("quirk 16: a message that is refused is put in quarantine, and tried last in the next run")
        func quarantine() async throws {
            let mails = [[UInt8]].mails(7)
            let field = try FieldServer(
                Array(mails[..<6]),
                [FaultRule(.command("RETR", message: 2), .replyText("-ERR message is corrupted"), when: .upTo(2))])
            let watch = Watch()
            let first = try await field.drain(observer: watch)
            #expect(first.failure == nil && !first.isComplete)
            #expect(first.result.archived == 5 && first.result.quarantined == 1)
            #expect(watch.texts.contains { $0.hasPrefix("ann 2:") && $0.contains("message is corrupted") })
            try field.expect([mails[0]] + mails[2...5])
            field.change { $0.append(SimulatedMessage(uniqueID: "uid6", content: .bytes(mails[6]))) }
            let second = try await field.drain()
            #expect(second.result.archived == 1 && second.result.quarantined == 1)
            #expect(field.server.log.filter { $0.hasPrefix("RETR") }.suffix(2) == ["RETR 7", "RETR 2"])
            try await field.drainWell()
            try field.expect(mails)
        }

        @Test(
            "quirk 17: a refusal that will pass ends the session, and the account backs off",
            arguments: ["-ERR download exceeds quota", "-ERR please try again later", "-ERR [SYS/TEMP] hm"])
        func backingOff(refusal: String) async throws {
            let mails = [[UInt8]].mails(8)
            let field = try FieldServer(
                mails, [FaultRule(.command("RETR", message: 3), .replyText(refusal), when: .only(1))],
                capabilities: ["USER", "UIDL"])
            let first = try await field.drain()
            #expect(first.failure?.kind == .retry && first.failure?.description.contains(refusal.dropFirst(5)) == true)
            #expect(first.result.archived == 2 && first.result.left == 6)
            #expect(field.count("RETR") == 3)
            try await field.drainWell()
            try field.expect(mails)
        }

        @Test("quirk 18: a bare LF or CR is data, also around a dot")
        func bareLineEnds() async throws {
            let odd = [
                "a\n.\nb\r\n", "a\n.\r\nb\r\n", "a\r.\rb\r\n", "a\r.\r\nb\r\n", ".\nb\r\n", ".\rb\r\n", "a\r\n.\nb\r\n",
                "a\r\n..\r\n...\r\n", "\n\n\r\r\n", "a\r\r\n.\r\n",
            ].map { Array("Subject: odd\r\n\r\n\($0)".utf8) }
            let field = try FieldServer(odd)
            try await field.drainWell()
            try field.expect(odd)
        }

        @Test(
            "quirk 18: a final dot ended by a bare LF ends no message, which is fetched again, and the way out is told")
        func bareLFTerminator() async throws {
            let mails = [[UInt8]].mails(3)
            let field = try FieldServer(
                mails, [FaultRule(.command("RETR", message: 2), .terminator(Array(".\n".utf8)), when: .only(1))],
                capabilities: ["USER", "UIDL"])
            let first = try await field.drain(seconds: 0.5)
            #expect(first.failure?.kind == .retry && first.failure?.description.contains("stall-timeout") == true)
            #expect(first.failure?.description.contains("`terminator = \"lf\"`") == true)
            #expect(first.result.archived == 1)
            try field.expect([mails[0]])
            try await field.drainWell()
            try field.expect(mails)
        }

        @Test("quirk 18: a server that ends every message by a bare LF is drained where the account says so")
        func everyBareLFTerminator() async throws {
            let mails = [[UInt8]].mails(20)
            let field = try FieldServer(mails, [FaultRule(.command("RETR"), .terminator(Array(".\n".utf8)))])
            var account = field.account(.archived)
            account.terminator = .lf
            let report = try await field.bench.drain([account]).accounts[0]
            #expect(report.isComplete && report.result.archived == 20, "\(report)")
            try field.expect(mails)
        }

        @Test(
            "quirk 19: a line of a dot that is not stuffed costs that message alone, and is told", arguments: pipelining
        )
        func unstuffed(capabilities: [String]) async throws {
            var mails = [[UInt8]].mails(6)
            mails[2] += Array("before\r\n.\r\nafter\r\nand more\r\n".utf8)
            let field = try FieldServer(
                mails, [FaultRule(.command("RETR", message: 3), .unstuffedDot)], capabilities: capabilities)
            let watch = Watch()
            let first = try await field.drain(retries: 3, observer: watch)
            #expect(first.failure == nil && first.result.archived == 5 && first.result.quarantined == 1)
            #expect(watch.texts.contains { $0.hasPrefix("ann 3:") })
            try field.expect(Array(mails[..<2] + mails[3...]))
            try field.expectNames(field.remaining)
        }

        @Test(
            "quirk 20: a message that is cut off is never stored, and fetched again",
            arguments: [ConnectionEnding.fin, .rst, .tlsCloseNotify], [0, 40, 500])
        func cutOff(how: ConnectionEnding, byteCount: Int64) async throws {
            let mails = [[UInt8]].mails(6)
            let script: FaultScript = [
                FaultRule(.command("RETR", message: 4), .closeAfterBytes(byteCount, how: how), when: .only(1))
            ]
            let field = try FieldServer(Bench.maildrop(mails), script, transport: try Bench.tls())
            let first = try await field.drain(tls: .implicit)
            #expect(first.failure?.kind == .retry && first.result.archived <= 3)
            try field.expect(Array(mails[..<first.result.archived]))
            let second = try await field.drain(tls: .implicit, retries: 1)
            #expect(second.isComplete && second.result.alreadyArchived == first.result.archived)
            try field.expect(mails)
        }

        @Test("quirk 21: lines of megabytes pass inside a message, and none does where a reply is due")
        func longLines() async throws {
            let mail = Array("Subject: long\r\n\r\n".utf8) + [UInt8](repeating: 0x78, count: 3 << 20) + [13, 10]
            let field = try FieldServer([mail], [FaultRule(.command("STAT"), .endlessLine, when: .from(2))])
            try await field.drainWell()
            try field.expect([mail])
            let second = try await field.drain()
            #expect(second.failure?.kind == .refused && second.failure?.description.contains("8192 bytes") == true)
        }

        @Test("quirk 36: UTF8 is said wherever it is offered, so that no surrogate is archived")
        func surrogates() async throws {
            var maildrop = Bench.maildrop([Array("Subject: Grüße\r\n\r\nthe original\r\n".utf8)])
            let original = maildrop.messages[0].content
            maildrop.messages[0].surrogate = .bytes(Array("Subject: ?\r\n\r\nsurrogate\r\n".utf8))
            let field = try FieldServer(
                maildrop, transport: try Bench.stls(), capabilities: ["USER", "UIDL", "UTF8 USER"])
            #expect(try await field.drain(tls: .stls).isComplete)
            try field.expect([original.transmittedForm()])
            let log = field.server.log(ofSession: 1)
            let order = ["STLS", "UTF8", "USER ann"].map { log.firstIndex(of: $0) ?? -1 }
            #expect(order == order.sorted() && order[0] >= 0)
        }

        @Test("quirk 36: nothing is deleted where UTF8 is offered and then refused")
        func refusedUTF8() async throws {
            let field = try FieldServer(
                Bench.maildrop(.mails(2)), [FaultRule(.command("UTF8"), .replyText("-ERR no"))],
                capabilities: ["USER", "UIDL", "UTF8"])
            let watch = Watch()
            let report = try await field.drain(.archived, observer: watch)
            #expect(report.isComplete && report.result.archived == 2)
            #expect(field.count("DELE") == 0 && field.remaining.count == 2)
            #expect(watch.texts.contains { $0.contains("UTF8") })
        }
    }
}
