import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

extension QuirkTests {
    /// Servers that mean harm.
    @Suite(.timeLimit(.minutes(5))) struct Hostility {
        struct Endless: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let point: FaultPoint
            let fault: Fault

            static let all = [
                Endless(testDescription: "greeting", point: .greeting, fault: .endlessLine),
                Endless(testDescription: "reply line", point: .command("STAT"), fault: .endlessLine),
                Endless(testDescription: "capabilities", point: .command("CAPA"), fault: .endlessListing),
                Endless(testDescription: "unique-ids", point: .command("UIDL"), fault: .endlessListing),
                Endless(testDescription: "scan listing", point: .command("LIST"), fault: .endlessListing),
                Endless(testDescription: "message", point: .command("RETR", message: 1), fault: .endlessListing),
                Endless(
                    testDescription: "millions of messages", point: .command("STAT"),
                    fault: .replyBytes(Array("+OK 99999999 1\r\n".utf8))),
                Endless(
                    testDescription: "a byte now and then", point: .command("UIDL"), fault: .drip(bytesPerSecond: 20)),
                Endless(
                    testDescription: "a message in drops", point: .command("RETR", message: 1),
                    fault: .drip(bytesPerSecond: 20)),
            ]
        }

        @Test(
            "quirk 34: whatever has no end fails its account by a bound or a deadline, and no other",
            arguments: Endless.all)
        func endless(what: Endless) async throws {
            let bench = try Bench()
            let mails = [[UInt8]].mails(2)
            let bad = try SimulatedServer(
                maildrops: ["ann": Bench.maildrop(mails)], script: [FaultRule(what.point, what.fault)])
            let good = try SimulatedServer(maildrops: ["bob": Bench.maildrop(mails)])
            let report = try await bench.drain([
                bench.account("ann", at: bad, seconds: 0.5), bench.account("bob", at: good),
            ])
            #expect(report.fatal == nil && report.accounts[0].failure != nil)
            #expect((report.accounts[0].failure?.description.count ?? 0) > 20)
            #expect(report.accounts[1].isComplete)
            try bench.expect(["bob": mails])
        }

        @Test(
            "quirk 34: a header or a sample without end ends the comparing, and all is fetched",
            arguments: [
                FaultRule(.command("TOP"), .endlessListing),
                FaultRule(.command("RETR"), .endlessListing, when: .only(7)),
            ])
        func endlessHeader(rule: FaultRule) async throws {
            let mails = [[UInt8]].mails(6)
            let field = try FieldServer(mails, [rule])
            try await field.drainWell()
            field.change { for index in $0.indices { $0[index].uniqueID = Array("other\(index)".utf8) } }
            let report = try await field.drain(retries: 3)
            #expect(report.isComplete && report.result.archived == 0, "\(report)")
            try field.expect(mails)
            try field.expectNames(field.remaining)
        }

        @Test("quirk 35: control characters and escapes of a server reach nobody as they are")
        func escapes() async throws {
            let evil = "\u{1B}]0;owned\u{07}\u{1B}[2J\u{202E}\u{85}evil"
            var maildrop = Bench.maildrop(.mails(2))
            maildrop.messages[1].uniqueID = Array(evil.utf8)
            let watch = Watch()
            let field = try FieldServer(
                maildrop,
                [
                    FaultRule(.command("RETR", message: 2), .replyText("-ERR \(evil)"), when: .only(1)),
                    FaultRule(.command("PASS"), .replyText("-ERR \(evil)"), when: .only(2)),
                ], capabilities: ["UIDL", "IMPLEMENTATION \(evil)"])
            let first = try await field.drain(observer: watch)
            let second = try await field.drain(observer: watch)
            #expect(first.result.quarantined == 1 && second.failure != nil)
            let texts = watch.texts + [first, second].flatMap { [$0.result.error ?? "", "\($0.failure as Any)"] }
            #expect(texts.contains { $0.contains("\\x1B") })
            for text in texts {
                #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control || $0 == "\u{202E}" })
            }
            try await field.drainWell()
            #expect(try field.archived(evil) != nil)
        }
    }
}
