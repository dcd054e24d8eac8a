import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

/// Sessions that follow one that went well, and where they end.
@Suite(.timeLimit(.minutes(2))) struct FurtherSessionTests {
    @Test("what accounts have shown of listings that are whole holds for all of their host")
    func wholeListings() async throws {
        let bench = try Bench()
        let mails = [[UInt8]].mails(160, byteCount: 60)
        let (most, fewer) = (Bench.maildrop(mails), Bench.maildrop(Array(mails[..<150])))
        let server = try SimulatedServer(maildrops: ["ann": most, "bob": fewer, "cay": fewer])
        let accounts = ["ann", "bob", "cay"].map { bench.account($0, at: server) }
        #expect(try await bench.drain(accounts, parallel: 1).isComplete)
        #expect(server.sessionCount == 4)
        try bench.expect(["ann": mails, "bob": Array(mails[..<150]), "cay": Array(mails[..<150])])
    }

    @Test("a maildrop of just as many messages as a host lists does not pass for proof that it lists all")
    func fullWindow() async throws {
        let bench = try Bench()
        let mails = [[UInt8]].mails(250, byteCount: 60)
        var (exact, more) = (Bench.maildrop(Array(mails[..<120])), Bench.maildrop(mails))
        (exact.windowMessageLimit, more.windowMessageLimit) = (120, 120)
        let server = try SimulatedServer(maildrops: ["ann": exact, "bob": more])
        let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
        #expect(try await bench.drain(accounts, parallel: 1).isComplete)
        try bench.expect(["ann": Array(mails[..<120]), "bob": mails])
    }

    @Test("a server that is known to list all is asked once")
    func knownServer() async throws {
        let mails = [[UInt8]].mails(150, byteCount: 60)
        let field = try FieldServer(mails, [FaultRule(.greeting, .replyText("+OK Dovecot (Debian) ready."))])
        try await field.drainWell()
        #expect(field.server.sessionCount == 1)
        try field.expect(mails)
    }

    @Test("a further session that fails behind its deletions is no end without a word")
    func failingFurtherSession() async throws {
        let mails = [[UInt8]].mails(360)
        var maildrop = Bench.maildrop(mails)
        maildrop.windowMessageLimit = 120
        let field = try FieldServer(
            maildrop, [FaultRule(.command("QUIT"), .replyText("-ERR some messages not removed"), when: .only(2))])
        let report = try await field.drain(.archived)
        #expect(!report.isComplete)
        #expect(report.failure?.message.contains("did not confirm the deletion") == true, "\(report)")
        #expect(try await field.drainWell(.archived).missing == 0)
        try field.expect(mails)
        #expect(field.remaining.isEmpty)
    }

    @Test("a further session that sees nothing is told when it fails, and the account is complete")
    func failingLook() async throws {
        let mails = [[UInt8]].mails(150)
        let field = try FieldServer(
            mails, [FaultRule(.greeting, .closeBefore(.fin), when: .from(2))], capabilities: ["UIDL"])
        let watch = Watch()
        #expect(try await field.drain(observer: watch).isComplete)
        #expect(watch.texts.contains { $0.contains("whether the server has more") })
        try field.expect(mails)
    }

    @Test("messages that are deleted in vain are not fetched for ever")
    func deletionsInVain() async throws {
        let mails = [[UInt8]].mails(60)
        var limits = SessionLimits()
        limits.messageCount = 50
        let field = try FieldServer(
            Bench.maildrop(mails),
            [
                FaultRule(.command("UIDL"), .replyText("-ERR unknown command")),
                FaultRule(.command("TOP"), .replyText("-ERR unknown command")),
                FaultRule(.command("DELE"), .replyText("-ERR not allowed")),
            ], capabilities: ["PIPELINING"])
        let accounts = [field.account(.archived)]
        let report = try await field.bench.drain(accounts, sessionLimits: limits).accounts[0]
        #expect(field.server.sessionCount <= 6, "\(field.server.sessionCount) sessions")
        #expect(report.result.isBalanced)
        try field.expect(mails)
    }

    @Test("a window over mail that is archived already moves on with the deletions", arguments: [false, true])
    func windowOverArchived(areDeletedInVain: Bool) async throws {
        let mails = [[UInt8]].mails(720)
        let field = try FieldServer(
            Array(mails[..<600]), areDeletedInVain ? [FaultRule(.command("QUIT"), .deletesLost, when: .from(2))] : [])
        try await field.drainWell()
        field.server.mutateMaildrop("ann") {
            $0.messages += Bench.maildrop(Array(mails[600...]), from: 600).messages
            $0.windowMessageLimit = 120
        }
        let report = try await field.drain(.archived)
        #expect(report.isComplete)
        if areDeletedInVain {
            #expect(field.server.sessionCount <= 5)
        } else {
            #expect(field.remaining.isEmpty)
            try field.expect(mails)
        }
    }

    @Test("sessions that are cut short go on while they find mail again")
    func duplicatesOnly() async throws {
        let mails = [[UInt8]].mails(100)
        let field = try FieldServer(mails, capabilities: ["UIDL", "PIPELINING"])
        try await field.drainWell()
        field.change { for index in $0.indices { $0[index].uniqueID = Array("other\(index)".utf8) } }
        var limits = SessionLimits()
        limits.messageCount = 20
        let report = try await field.bench.drain([field.account(.archived)], sessionLimits: limits).accounts[0]
        #expect(report.isComplete && report.result.duplicates == 100, "\(report)")
        #expect(field.remaining.isEmpty)
    }

    @Test("mail that was archived long ago is deleted in sessions of bounded length", arguments: [true, false])
    func backlog(hasTop: Bool) async throws {
        let mails = [[UInt8]].mails(100)
        let field = try FieldServer(mails, capabilities: ["UIDL", "PIPELINING"] + (hasTop ? ["TOP"] : []))
        try await field.drainWell()
        var limits = SessionLimits()
        limits.messageCount = 30
        let report = try await field.bench.drain([field.account(.archived)], sessionLimits: limits).accounts[0]
        #expect(report.isComplete && report.result.deleted == 100 && report.result.listed == 100, "\(report)")
        #expect(field.count("DELE") == 100 && field.remaining.isEmpty)
        #expect(field.server.sessionCount >= 5 && field.server.sessionCount <= 7, "\(field.server.sessionCount)")
    }

    @Test("a run that gets no further says so, and what is left")
    func noProgress() async throws {
        // What came without UTF8 is fetched anew in each session that deletes, and each is cut short at the same message.
        let field = try FieldServer(
            [[UInt8]].mails(60), [FaultRule(.command("UTF8"), .replyText("-ERR not now"))],
            capabilities: ["UIDL", "UTF8"])
        try await field.drainWell()
        var limits = SessionLimits()
        limits.messageCount = 20
        let report = try await field.bench.drain([field.account(.archived)], sessionLimits: limits).accounts[0]
        #expect(report.failure?.kind == .retry && report.failure?.message.contains("nothing new") == true, "\(report)")
        #expect(report.result.left == 40 && field.server.sessionCount <= 6)
    }

    @Test("an account that cannot be reached at another host keeps what is known of the old one")
    func mistypedHost() async throws {
        let mails = [[UInt8]].mails(20)
        let field = try FieldServer(mails)
        try await field.drainWell()
        let wrong = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop([])], script: [FaultRule(.command("PASS"), .replyText("-ERR no"))])
        let refused = try await field.bench.drain([field.bench.account("ann", at: wrong)])
        #expect(!refused.isComplete)
        let statuses = try Catalog(field.bench.layout, .read).accountStatuses()
        #expect(statuses.first?.lastResult?.error != nil, "\(statuses)")
        #expect(try await field.drainWell().alreadyArchived == 20)
        #expect(field.count("RETR") == 20)
    }

    @Test("sessions that delete are cut short at their limits, and the next ones go on", arguments: [true, false])
    func cutShort(countsMessages: Bool) async throws {
        let mails = [[UInt8]].mails(60)
        let field = try FieldServer(mails, capabilities: ["UIDL"])
        var limits = SessionLimits()
        if countsMessages { limits.messageCount = 20 } else { limits.octets = 10_000 }
        let report = try await field.bench.drain([field.account(.archived)], sessionLimits: limits).accounts[0]
        #expect(report.isComplete && report.result.deleted == 60 && report.result.listed == 60, "\(report)")
        #expect(field.server.sessionCount >= 3 && field.count("RETR") == 60 && field.remaining.isEmpty)
        try field.expect(mails)
    }
}
