import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

/// Messages that a server does not give keep none of the others, in this run and in the next.
@Suite(.timeLimit(.minutes(5))) struct QuarantineTests {
    private static let mails = [[UInt8]].mails(12)
    private static let refusal = Fault.replyText("-ERR message is damaged")

    @Test("counts the runs in which a message could not be had, and lets it go when it is archived")
    func tries() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("RETR", message: 5), Self.refusal, when: .upTo(3))])
        for run in 1...3 {
            let report = try await field.drain()
            #expect(report.failure == nil && report.result.quarantined == 1)
            #expect(try field.quarantined() == ["uid4": run])
        }
        #expect(try await field.drainWell().archived == 1)
        #expect(try field.quarantined() == [:])
        try field.expect(Self.mails)
    }

    @Test("lets a message go that is no longer listed")
    func gone() async throws {
        let field = try FieldServer(Self.mails, [FaultRule(.command("RETR", message: 5), Self.refusal)])
        _ = try await field.drain()
        field.change { $0.remove(at: 4) }
        try await field.drainWell()
        #expect(try field.quarantined() == [:])
    }

    @Test("keeps it where a listing does not name all messages")
    func unnamed() async throws {
        let field = try FieldServer(
            Self.mails,
            [
                FaultRule(.command("RETR", message: 5), Self.refusal, when: .only(1)),
                FaultRule(.command("UIDL"), .listing(.gaps(every: 5)), when: .only(2)),
            ])
        _ = try await field.drain()
        let second = try await field.drain()
        #expect(second.isComplete)
        #expect(try field.quarantined() == ["uid4": 1])
        try await field.drainWell()
        #expect(try field.quarantined() == [:])
    }

    @Test("asks for the messages of earlier runs last")
    func order() async throws {
        let field = try FieldServer(
            Array(Self.mails[..<8]),
            FaultScript([2, 4].map { FaultRule(.command("RETR", message: $0), Self.refusal, when: .upTo(2)) }))
        _ = try await field.drain()
        field.change { $0 += Bench.maildrop(Array(Self.mails[8...]), from: 8).messages }
        let before = field.count("RETR")
        let second = try await field.drain()
        #expect(second.result.archived == 4 && second.result.quarantined == 2)
        #expect(
            field.server.log.filter { $0.hasPrefix("RETR") }.dropFirst(before)
                == ["RETR 9", "RETR 10", "RETR 11", "RETR 12", "RETR 2", "RETR 4"])
        try await field.drainWell()
        try field.expect(Self.mails)
    }

    /// What a message does to every session in which it is asked for.
    static let poisons: [Fault] = [
        .closeBefore(.fin), .closeAfterBytes(300, how: .rst), .stall, .stallAfterBytes(200), .omitTerminator,
        .replyBytes(Array("nonsense\r\n".utf8)), .endlessListing,
    ]

    @Test("a message that breaks every session costs a run that message alone", arguments: poisons, [1, 6, 12])
    func poison(fault: Fault, number: Int) async throws {
        let field = try FieldServer(Self.mails, [FaultRule(.command("RETR", message: number), fault)])
        let report = try await field.drain(retries: 3, seconds: 0.4)
        #expect(report.failure == nil, "\(report)")
        #expect(report.result.archived == 11 && report.result.quarantined == 1, "\(report.result)")
        try field.expect(Array(Self.mails[..<(number - 1)] + Self.mails[number...]))
        try field.expectNames(field.remaining)
        #expect(try field.quarantined() == ["uid\(number - 1)": 1])
    }

    @Test("without retries it keeps the others from one run only", arguments: poisons)
    func poisonWithoutRetries(fault: Fault) async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("RETR", message: 2), fault)], capabilities: ["UIDL"])
        #expect(try await field.drain(seconds: 0.4).failure?.kind == .retry)
        #expect(try await field.drain(seconds: 0.4).failure?.kind == .retry)
        try field.expect([Self.mails[0]] + Self.mails[2...])
    }

    @Test(
        "where sizes are wrong too, the one that stalls is found out and not those before it",
        arguments: [SimulatedServer.defaultCapabilities, ["UIDL"]])
    func poisonAmongWrongSizes(capabilities: [String]) async throws {
        let rules = ["STAT", "LIST", "RETR"].map { FaultRule(.command($0), .wrongSize(.plus(7))) }
        let field = try FieldServer(
            Self.mails, FaultScript(rules + [FaultRule(.command("RETR", message: 5), .stall)]),
            capabilities: capabilities)
        let report = try await field.drain(retries: 3, seconds: 0.4)
        #expect(report.failure == nil && report.result.quarantined == 1, "\(report)")
        try field.expect(Array(Self.mails[..<4] + Self.mails[5...]))
        try field.expectNames(field.remaining)
    }

    @Test("several of them are given up one by one")
    func several() async throws {
        let rules = [3, 4, 9].map { FaultRule(.command("RETR", message: $0), .closeBefore(.fin)) }
        let field = try FieldServer(Self.mails, FaultScript(rules))
        let report = try await field.drain(retries: 8)
        #expect(report.failure == nil && report.result.quarantined == 3, "\(report)")
        #expect(report.result.archived == 9)
    }

    @Test("a refusal that is doubled puts no other message in quarantine")
    func doubledRefusal() async throws {
        let refusals = Fault.replyBytes(Array("-ERR damaged\r\n-ERR damaged\r\n".utf8))
        let field = try FieldServer(Self.mails, [FaultRule(.command("RETR", message: 5), refusals)])
        let report = try await field.drain(retries: 4, seconds: 0.5)
        #expect(report.result.archived == 11 && report.result.quarantined == 1, "\(report)")
        #expect(try field.quarantined() == ["uid4": 1])
        try field.expect(Array(Self.mails[..<4] + Self.mails[5...]))
    }

    @Test("messages without names are given up for the run, and tried in the next")
    func nameless() async throws {
        let field = try FieldServer(
            Self.mails, .uidlMissing + [FaultRule(.command("RETR", message: 3), .closeBefore(.fin), when: .upTo(4))])
        let report = try await field.drain(retries: 4)
        #expect(report.result.archived == 11 && report.result.quarantined == 1, "\(report)")
        try field.expect(Array(Self.mails[..<2] + Self.mails[3...]))
        while try await !field.drain().isComplete {}
        try field.expect(Self.mails)
    }
}

extension FieldServer {
    /// The unique-ids in quarantine, with their tries.
    func quarantined() throws -> [String: Int] {
        let state = try Catalog(bench.layout, .read).maildropState(of: GroupRecord.Account(account()))
        return Dictionary(
            uniqueKeysWithValues: state.quarantined.map { (String(decoding: $0.key, as: UTF8.self), $0.value) })
    }
}
