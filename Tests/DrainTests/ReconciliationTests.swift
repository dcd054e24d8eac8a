import Archive
import Simulation
import Testing

@testable import Drain

/// `reconcile` compares servers with the archive, and changes neither.
@Suite(.timeLimit(.minutes(5))) struct ReconciliationTests {
    private static let letters = [[UInt8]].letters(10)

    @Test("tells what is in both, only there and only here, and compares bytes")
    func reconciling() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(Self.letters[..<8]))])
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        // Gone: uid0. New: uid8 and uid9. Changed behind its name and size: uid3.
        var maildrop = Bench.maildrop(Self.letters)
        var changed = Self.letters[3]
        changed[changed.count - 5] ^= 1
        maildrop.messages[3] = SimulatedMessage(uniqueID: "uid3", content: .bytes(changed))
        maildrop.messages.removeFirst()
        server.replaceMaildrop("ann", with: maildrop)
        let reports = try await Reconciliation(bench.manifest(accounts), accounts: accounts, sample: 1).run()
        let finding = try #require(reports[0].finding)
        #expect(finding.listed == 9 && finding.inBoth == 7)
        #expect(finding.onlyOnServer == 2 && finding.onlyInArchive == 1)
        #expect(finding.compared == 7 && finding.differing == ["uid3"])
        let none = try await Reconciliation(bench.manifest(accounts), accounts: accounts, sample: 0).run()
        #expect(none[0].finding?.compared == 0)
        #expect(server.maildrop("ann")?.messages.count == 9)
    }

    @Test("messages that are known by their headers after a renumbering are in both, and their old names are nowhere")
    func renumbered() async throws {
        let field = try FieldServer([[UInt8]].mails(10))
        try await field.drainWell()
        field.change { messages in
            for index in messages.indices { messages[index].uniqueID = Array("other\(index)".utf8) }
        }
        #expect(try await field.drainWell().mapped == 10)
        let finding = try #require(try await Self.report(field).finding)
        #expect(finding.inBoth == 10 && finding.onlyOnServer == 0 && finding.onlyInArchive == 0)
        #expect(finding.compared == 10 && finding.differing.isEmpty)
    }

    @Test("a message whose name is listed with another size is not told as gone")
    func resized() async throws {
        let field = try FieldServer([[UInt8]].mails(3))
        try await field.drainWell()
        field.change { $0[1].listedSize = 12 }
        let finding = try #require(try await Self.report(field).finding)
        #expect(finding.inBoth == 2 && finding.onlyOnServer == 1 && finding.onlyInArchive == 0)
    }

    @Test("a server without unique-ids cannot be compared, and that is said")
    func nameless() async throws {
        let field = try FieldServer(
            [[UInt8]].mails(3), [FaultRule(.command("UIDL"), .replyText("-ERR unknown"))], capabilities: [])
        try await field.drainWell()
        let failure = try await Self.report(field).failure
        #expect(failure?.kind == .refused && failure?.message.contains("no unique-ids") == true)
    }

    @Test("a message that the server does not give is told, and keeps no other from being compared")
    func refusing() async throws {
        let field = try FieldServer(
            [[UInt8]].mails(4),
            [FaultRule(.command("RETR", message: 2), .replyText("-ERR no such file"), when: .from(2))])
        try await field.drainWell()
        let finding = try #require(try await Self.report(field).finding)
        #expect(finding.compared == 3 && finding.refused == ["uid1: no such file"])
    }

    @Test("what was found before a session is lost is told with its failure")
    func lostSession() async throws {
        let field = try FieldServer(
            [[UInt8]].mails(4), [FaultRule(.command("RETR", message: 3), .closeBefore(.fin), when: .from(2))])
        try await field.drainWell()
        let report = try await Self.report(field)
        #expect(report.failure?.kind == .retry)
        let finding = try #require(report.finding)
        #expect(finding.listed == 4 && finding.inBoth == 4 && finding.compared == 2, "\(finding)")
    }

    @Test("a server that loses a command behind another one is asked one at a time")
    func brokenPipelining() async throws {
        let field = try FieldServer([[UInt8]].mails(4), .pipeliningBroken)
        #expect(try await field.drain(retries: 3, seconds: 0.5).isComplete)
        #expect(try await Self.report(field, seconds: 0.5).finding?.compared == 4)
    }

    private static func report(_ field: FieldServer, seconds: Double = 20) async throws -> ReconciliationReport {
        let accounts = [field.account(seconds: seconds)]
        return try await Reconciliation(field.bench.manifest(accounts), accounts: accounts, sample: 1).run()[0]
    }
}
