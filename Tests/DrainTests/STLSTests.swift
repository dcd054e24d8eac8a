import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

/// STLS by the rules of RFC 2595, section 2 to 4: nothing that matters is said or believed before TLS.
@Suite(.timeLimit(.minutes(2))) struct STLSTests {
    /// What may cross the network in the clear.
    private static let clear: Set<String> = ["CAPA", "STLS", "QUIT"]

    @Test("without CAPA, STLS is the first command, and UTF8 is said behind it only")
    func withoutCapabilities() async throws {
        let mails = [[UInt8]].mails(2)
        let field = try FieldServer(
            Bench.maildrop(mails), [FaultRule(.command("CAPA"), .missing)], transport: try Bench.stls(),
            capabilities: ["USER", "UIDL"])
        #expect(try await field.drain(tls: .stls).isComplete)
        let log = field.server.log(ofSession: 1)
        #expect(log.prefix(4) == ["CAPA", "STLS", "CAPA", "UTF8"], "\(log)")
        try field.expect(mails)
    }

    @Test("a UTF8 that is offered in the clear alone is not said")
    func plantedCapability() async throws {
        let mails = [[UInt8]].mails(2)
        let planted = "+OK\r\nSTLS\r\nUTF8\r\nUSER\r\n.\r\n"
        let field = try FieldServer(
            Bench.maildrop(mails),
            [FaultRule(.command("CAPA"), .replyBytes(Array(planted.utf8)), when: .only(1))],
            transport: try Bench.stls())
        #expect(try await field.drain(tls: .stls).isComplete)
        #expect(field.count("UTF8") == 0 && field.count("STLS") == 1)
        try field.expect(mails)
    }

    @Test(
        "no credential goes out where STLS was stripped, however that is done",
        arguments: [
            [FaultRule(.command("CAPA"), .missing)],
            [FaultRule(.command("CAPA"), .closeBefore(.fin)), FaultRule(.command("STLS"), .replyText("-ERR unknown"))],
            [FaultRule(.command("CAPA"), .replyBytes(Array("+OK\r\nSTLS\r\nUSER\r\n.\r\n".utf8)))],
            [FaultRule(.command("CAPA"), .replyBytes(Array("+OK\r\n.\r\n".utf8)))],
            [FaultRule(.command("STLS"), .replyText("-ERR [SYS/TEMP] try again without"))],
        ])
    func stripped(rules: [FaultRule]) async throws {
        let field = try FieldServer(Bench.maildrop(.mails(2)), FaultScript(rules))
        let report = try await field.drain(tls: .stls, retries: 2)
        #expect(report.failure != nil && report.result.archived == 0)
        #expect(field.server.log.allSatisfy(Self.clear.contains), "\(field.server.log)")
    }

    @Test("what was learnt of a host does not lead a later session past a STLS that is gone")
    func strippedLater() async throws {
        let bench = try Bench()
        let maildrop = Bench.maildrop([[UInt8]].letters(2))
        let server = try SimulatedServer(
            maildrops: ["ann": maildrop, "bob": maildrop],
            script: [FaultRule(.command("STLS"), .replyText("-ERR unknown"), session: 2)],
            transport: try Bench.stls())
        let accounts = ["ann", "bob"].map { bench.account($0, at: server, .stls) }
        let report = try await bench.drain(accounts, parallel: 1)
        #expect(report.accounts.filter { $0.failure == nil }.count == 1, "\(report.accounts)")
        #expect(server.log(ofSession: 2).allSatisfy(Self.clear.contains), "\(server.log(ofSession: 2))")
    }

    @Test(
        "bytes in the clear behind the reply to STLS end the session, in the same segment or not",
        arguments: [false, true])
    func injected(isInPieces: Bool) async throws {
        var rules = [FaultRule(.command("STLS"), .injectAfterSTLS(Array("+OK\r\n+OK 0 0\r\n".utf8)))]
        if isInPieces { rules.append(FaultRule(.command("STLS"), .splitWrites(seed: 7))) }
        let field = try FieldServer(Bench.maildrop(.mails(2)), FaultScript(rules), transport: try Bench.stls())
        let report = try await field.drain(tls: .stls)
        #expect(report.failure?.kind == .refused && report.result.archived == 0, "\(report)")
        #expect(field.server.log.allSatisfy(Self.clear.contains))
    }

    @Test("a handshake that fails behind STLS is not gone around")
    func failedHandshake() async throws {
        let field = try FieldServer(
            Bench.maildrop(.mails(2)), [FaultRule(.handshake, .closeBefore(.fin))], transport: try Bench.stls())
        let report = try await field.drain(tls: .stls, retries: 2)
        #expect(report.failure?.kind == .retry && field.server.sessionCount == 3)
        #expect(field.server.log.allSatisfy(Self.clear.contains), "\(field.server.log)")
    }
}
