import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

/// How often a session waits for its server, which is what counts over a distance.
@Suite(.timeLimit(.minutes(5))) struct RoundTripTests {
    @Test("a first session waits for CAPA, USER, PASS, what the maildrop holds, its messages, and QUIT")
    func firstSession() async throws {
        let mails = [[UInt8]].mails(20)
        let field = try FieldServer(mails)
        try await field.drainWell()
        #expect(
            field.server.log.prefix(7)
                == ["CAPA", "USER ann", "PASS \(Bench.password)", "CAPA", "STAT", "UIDL", "LIST"])
        #expect(field.server.roundTripCount(ofSession: 1) == 6, "\(field.server.log)")
        try field.expect(mails)
    }

    @Test("a session with nothing new waits for USER, PASS, what the maildrop holds, and QUIT, once the host is known")
    func nothingNew() async throws {
        let mails = [[UInt8]].mails(20)
        let field = try FieldServer(mails)
        try await field.drainWell()
        let accounts = copies(3, of: field)
        #expect(try await field.bench.drain(accounts, parallel: 1).isComplete)
        #expect(try await field.bench.drain(accounts, parallel: 1).isComplete)
        let trips = (5...7).map { field.server.roundTripCount(ofSession: $0) }
        #expect(trips == [5, 4, 4], "\(field.server.log(ofSession: 6))")
    }

    @Test("a maildrop with many known messages is asked for sizes only where something is new")
    func manyKnown() async throws {
        let mails = [[UInt8]].mails(600)
        let field = try FieldServer(mails)
        try await field.drainWell()
        let listCount = field.server.log.count { $0 == "LIST" }
        try await field.drainWell()
        #expect(field.server.log.count { $0 == "LIST" } == listCount)
        field.change { $0.removeFirst() }
        try await field.drainWell()
        #expect(field.server.log.count { $0 == "LIST" } == listCount)
    }

    @Test("a server that does not say that it takes several commands at once gets one at a time")
    func onePerRoundTrip() async throws {
        let mails = [[UInt8]].mails(3)
        let field = try FieldServer(mails, capabilities: ["USER", "UIDL", "TOP"])
        try await field.drainWell()
        #expect(field.server.roundTripCount(ofSession: 1) == field.server.log(ofSession: 1).count)
        try field.expect(mails)
    }

    @Test("a server that never answers QUIT keeps no other session waiting")
    func unansweredFarewell() async throws {
        let field = try FieldServer([[UInt8]].mails(3), [FaultRule(.command("QUIT"), .stall, when: .only(1))])
        // Longer than this suite may take.
        let report = try await field.bench.drain(copies(4, of: field, seconds: 3600), parallel: 1)
        #expect(report.isComplete)
        #expect(field.count("QUIT") == 4)
    }

    @Test("a run ends when the last answer to QUIT has come")
    func lastFarewell() async throws {
        let field = try FieldServer([[UInt8]].mails(3), [FaultRule(.command("QUIT"), .delay(seconds: 0.5))])
        let start = ContinuousClock.now
        try await field.drainWell()
        #expect(start.duration(to: .now) >= .milliseconds(500))
    }

    @Test(
        "a server that loses the question behind CAPA, or does not end its answer, is asked one at a time",
        arguments: [
            FaultRule(.command("STAT"), .replyBytes([]), when: .only(1)),
            FaultRule(.command("CAPA"), .omitTerminator, when: .only(2)),
        ])
    func lostQuestion(rule: FaultRule) async throws {
        let mails = [[UInt8]].mails(5)
        let field = try FieldServer(Bench.maildrop(mails), [rule])
        let report = try await field.drain(seconds: 2)
        #expect(report.isComplete, "\(report)")
        let commands = field.server.log(ofSession: field.server.sessionCount)
        #expect(field.server.roundTripCount(ofSession: field.server.sessionCount) == commands.count, "\(commands)")
        try field.expect(mails)
    }

    @Test("two sessions that a server closes at the questions are enough to ask one at a time")
    func closedAtQuestions() async throws {
        let mails = [[UInt8]].mails(5)
        let field = try FieldServer(
            Bench.maildrop(mails), [FaultRule(.command("UIDL"), .closeBefore(.fin), when: .upTo(2))])
        let report = try await field.drain(retries: 3, seconds: 5)
        #expect(report.isComplete, "\(report)")
        #expect(field.server.sessionCount == 3)
        #expect(field.server.roundTripCount(ofSession: 3) == field.server.log(ofSession: 3).count)
        try field.expect(mails)
    }

    @Test("a server that closes at a CAPA with questions behind it is asked one at a time, CAPA among them")
    func closedAtCapabilitiesWithQuestions() async throws {
        let mails = [[UInt8]].mails(5)
        let field = try FieldServer(
            Bench.maildrop(mails),
            [
                FaultRule(.command("CAPA"), .closeBefore(.fin), when: .only(2)),
                FaultRule(.command("CAPA"), .closeBefore(.fin), when: .only(3)),
            ])
        let report = try await field.drain(seconds: 5)
        #expect(report.isComplete, "\(report)")
        #expect(field.server.sessionCount == 3)
        let log = field.server.log(ofSession: 3)
        #expect(field.server.roundTripCount(ofSession: 3) == log.count && log.contains("CAPA"), "\(log)")
        try field.expect(mails)
    }

    /// Accounts of the same maildrop.
    private func copies(_ count: Int, of field: FieldServer, seconds: Double = 20) -> [Account] {
        (1...count).map { number in
            var account = field.account(seconds: seconds)
            account.name = "copy\(number)"
            return account
        }
    }
}
