import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

/// A run of several sessions: it goes on where the last one broke, waits in between, and its sums are those of one.
@Suite(.timeLimit(.minutes(5))) struct ResumptionTests {
    private static let mails = [[UInt8]].mails(40)

    @Test(
        "a connection that breaks again and again is taken up where it was, never from the start",
        arguments: [ConnectionEnding.fin, .rst], [SimulatedServer.defaultCapabilities, ["UIDL"]])
    func dropping(how: ConnectionEnding, capabilities: [String]) async throws {
        let script: FaultScript = [
            FaultRule(.command("RETR"), .closeAfterBytes(200, how: how), when: .only(8), per: .session)
        ]
        let field = try FieldServer(Self.mails, script, capabilities: capabilities)
        let report = try await field.drain(retries: 3)
        #expect(report.isComplete && report.result.archived == 40 && report.result.listed == 40, "\(report)")
        // Seven whole messages a session, less what a reset destroys on its way.
        #expect(field.server.sessionCount < (how == .fin ? 9 : 25))
        try field.expect(Self.mails)
        try field.expectNames(field.remaining)
        if how == .fin, capabilities == ["UIDL"] { #expect(field.count("RETR") == 40 + field.server.sessionCount - 1) }
    }

    @Test("without names it still comes to the end of the maildrop")
    func namelessDropping() async throws {
        let field = try FieldServer(
            Self.mails,
            .uidlMissing + .topMissing
                + [FaultRule(.command("RETR"), .closeBefore(.fin), when: .only(15), per: .session)],
            capabilities: ["USER"])
        let report = try await field.drain(retries: 2)
        // Which of them were archived before cannot be seen from the listing, so the run does not call itself complete.
        #expect(report.failure?.kind == .retry || report.isComplete)
        try field.expect(Self.mails)
    }

    @Test("waits are told, and a stop ends them")
    func stopWhileWaiting() async throws {
        let field = try FieldServer(Self.mails, [FaultRule(.command("RETR", message: 4), .closeBefore(.fin))])
        let stop = StopControl()
        let watch = Watch { event in
            guard case .accountWaits(let account, let reason, let seconds) = event else { return }
            #expect(account == "ann" && !reason.isEmpty && (200...400).contains(seconds))
            stop.request()
        }
        let start = ContinuousClock.now
        let report = try await field.bench.drain(
            [field.account()], retries: 5, retryDelay: .seconds(300), stop: stop, observer: watch)
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(report.accounts.map(\.failure?.kind) == [.stopped] && report.notStarted.isEmpty)
        let result = report.accounts[0].result
        #expect(result.isBalanced && result.listed == 40 && result.archived == 3 && result.left == 37, "\(result)")
        try await field.drain(retries: 5).result.expect(archived: 36, quarantined: 1)
    }

    @Test("a window that moves on gives the sums of one listing", arguments: [DeletionPolicy.never, .archived])
    func window(deletion: DeletionPolicy) async throws {
        let mails = [[UInt8]].mails(250, byteCount: 60)
        var maildrop = Bench.maildrop(mails)
        maildrop.windowMessageLimit = 110
        let field = try FieldServer(maildrop)
        let result = try await field.drainWell(deletion)
        #expect(result.listed == 250 && result.archived == 250 && result.alreadyArchived == 0)
        #expect(result.deleted == (deletion == .never ? 0 : 250))
        try field.expect(mails)
    }

    @Test("a look for more that fails is no failure of what was archived")
    func failedLook() async throws {
        let mails = [[UInt8]].mails(120, byteCount: 60)
        let field = try FieldServer(
            mails, [FaultRule(.command("PASS"), .replyText("-ERR [LOGIN-DELAY] wait"), when: .only(2))])
        let report = try await field.drain(retries: 3)
        #expect(report.isComplete && report.result.archived == 120)
        #expect(field.server.sessionCount == 2)
    }

    @Test("messages that sessions before have had are counted once, by name or by content")
    func sums() async throws {
        var maildrop = Bench.maildrop(Self.mails + [Self.mails[0], Self.mails[1]])
        for index in 0..<6 { maildrop.messages[index].uniqueID = index < 3 ? [] : Array("same".utf8) }
        let field = try FieldServer(
            maildrop,
            [
                FaultRule(.command("RETR", message: 20), .closeBefore(.fin), when: .only(1)),
                FaultRule(.command("STAT"), .closeBefore(.fin), when: .only(2)),
                FaultRule(.command("RETR", message: 30), .replyText("-ERR damaged"), when: .only(1)),
                FaultRule(.command("RETR", message: 35), .closeBefore(.fin), when: .only(1)),
            ], capabilities: ["UIDL"])
        let report = try await field.drain(retries: 4)
        report.result.expect(archived: 39, quarantined: 1)
        #expect(
            report.failure == nil && report.result.listed == 42 && report.result.duplicates == 2, "\(report.result)")
    }

    @Test("status shows what the run has counted")
    func status() async throws {
        let field = try FieldServer(
            Self.mails + [Self.mails[0]],
            [
                FaultRule(.command("RETR", message: 20), .closeBefore(.fin), when: .only(1)),
                FaultRule(.command("RETR", message: 30), .replyText("-ERR damaged"), when: .only(1)),
            ], capabilities: ["UIDL"])
        let report = try await field.drain(.archived, retries: 2)
        let status = try #require(try Catalog(field.bench.layout, .read).accountStatuses().first)
        #expect(status.name == "ann" && status.host == "127.0.0.1" && status.user == "ann")
        #expect(status.messageCount == 39 && status.checkpointCount == 40)
        let octets = Self.mails.reduce(0) { $0 + UInt64($1.count) } - UInt64(Self.mails[29].count)
        #expect(status.octets == octets)
        let last = try #require(status.lastResult)
        last.expect(archived: 39, quarantined: 1)
        #expect(last.duplicates == 1 && last.deleted == 40 && last.listed == 41 && last.error == nil)
        #expect(status.quarantined.map(\.uniqueID) == [Array("uid29".utf8)] && status.quarantined[0].runCount == 1)
        #expect(status.quarantined[0].reason.contains("damaged") && status.unconfirmedDeletionCount == 40)
        #expect(last.isBalanced && last.seconds > 0 && abs(last.seconds - report.result.seconds) < 0.01)
    }
}

extension GroupRecord.Result {
    fileprivate func expect(
        archived: Int, quarantined: Int, location: Testing.SourceLocation = #_sourceLocation
    ) {
        #expect(
            self.archived == archived && self.quarantined == quarantined && left == 0, "\(self)",
            sourceLocation: location)
    }
}
