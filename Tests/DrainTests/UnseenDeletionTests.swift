import Archive
import Catalog
import GRDB
import Manifest
import Simulation
import Testing

@testable import Drain

/// Messages with the name and size of others, which the comparison of headers may miss. None is deleted unseen.
@Suite(.timeLimit(.minutes(2))) struct UnseenDeletionTests {
    private static let mails = [[UInt8]].mails(6, isEqual: true)

    @Test("under a limit nothing moves up that was not compared")
    func limit() async throws {
        let field = try FieldServer(Array(Self.mails[..<3]))
        try await field.drainWell()
        try field.age(by: 3 * 86_400)
        field.change { messages in
            messages[0].content = .bytes(Self.mails[3])
            messages[2].content = .bytes(Self.mails[4])
        }
        let result = try await field.drain(.afterDays(2), limit: 2).result
        #expect(result.deleted == 1 && field.remaining.map(\.uniqueID) == ["uid0", "uid2"].map { Array($0.utf8) })
        try await field.drainWell(.archived)
        try field.expect(Array(Self.mails[..<5]))
        #expect(field.remaining.isEmpty)
    }

    @Test("what becomes due during a session waits for the next one")
    func dueMeanwhile() async throws {
        let field = try FieldServer(
            Bench.maildrop([Self.mails[0]]), [FaultRule(.command("RETR"), .delay(seconds: 4), when: .only(2))])
        try await field.drainWell()
        try field.age(by: 2 * 86_400 - 2)
        field.change { messages in
            messages[0].content = .bytes(Self.mails[1])
            messages.append(SimulatedMessage(uniqueID: "new", content: .bytes(Self.mails[2])))
        }
        try await field.drainWell(.afterDays(2))
        try await field.drainWell(.afterDays(2))
        try field.expect(Array(Self.mails[..<3]))
    }

    /// Sessions that break at TOP, or a TOP that shows no header.
    struct UselessTOP: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let script: FaultScript
        var capabilities = SimulatedServer.defaultCapabilities

        static let all = [
            UselessTOP(
                testDescription: "two sessions are lost",
                script: FaultScript(
                    [2, 3].map {
                        FaultRule(.command("TOP"), .closeBefore(.rst), when: .only(1), per: .session, session: $0)
                    })),
            UselessTOP(
                testDescription: "one is refused",
                script: [FaultRule(.command("TOP", message: 3), .replyText("-ERR [SYS/TEMP] busy"))]),
            UselessTOP(
                testDescription: "all are refused for now",
                script: [FaultRule(.command("TOP"), .replyText("-ERR [SYS/TEMP] busy"), when: .upTo(5))],
                capabilities: []),
            UselessTOP(
                testDescription: "all are refused although it is announced",
                script: [FaultRule(.command("TOP"), .replyText("-ERR internal error"))]),
            UselessTOP(testDescription: "it goes on and on", script: [FaultRule(.command("TOP"), .endlessListing)]),
        ]
    }

    @Test("what TOP cannot show is fetched before it is deleted", arguments: UselessTOP.all)
    func unshown(top: UselessTOP) async throws {
        let field = try FieldServer(Array(Self.mails[..<5]), top.script, capabilities: top.capabilities)
        try await field.drainWell()
        field.change { messages in
            for index in messages.indices { messages[index].content = .bytes(Self.mails[index + 1]) }
        }
        let report = try await field.drain(.archived, retries: 3)
        #expect(report.isComplete && report.result.deleted == 5, "\(report)")
        // Also what one session takes for known and the next one doubts counts once.
        let result = report.result
        #expect(result.listed == 5 && result.archived == 1 && result.duplicates == 4, "\(result)")
        #expect(result.alreadyArchived == 0)
        try field.expect(Self.mails)
    }

    @Test("a header that is too long to be compared has its message fetched before it is deleted")
    func longHeader() async throws {
        let field = "X-Long: \(String(repeating: "x", count: 60))\r\n"
        let header = "Message-ID: <1@example.org>\r\n" + String(repeating: field, count: (270 << 10) / field.utf8.count)
        let mails = ["a", "b"].map { Array((header + "Subject: \($0)\r\n\r\ntext\r\n").utf8) }
        let server = try FieldServer([mails[0]])
        try await server.drainWell()
        server.change { $0[0].content = .bytes(mails[1]) }
        #expect(try await server.drainWell(.archived).deleted == 1)
        try server.expect(mails)
    }
}

extension FieldServer {
    /// Lets all messages have been archived so many seconds earlier.
    func age(by seconds: Int) throws {
        let catalog = try Catalog(bench.layout, .write)
        try catalog.database.write { database in
            try database.execute(sql: "UPDATE holdings SET archived = archived - ?", arguments: [seconds])
        }
        try catalog.close()
    }
}
