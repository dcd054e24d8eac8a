import Archive
import Manifest
import Simulation
import Testing

@testable import Drain

/// Messages that pass for others: by their name, by their size, by the answer of another one. None is deleted unseen.
@Suite(.timeLimit(.minutes(2))) struct MistakenIdentityTests {
    @Test("a message that has name and size of a deleted one is archived before it is deleted")
    func reusedName() async throws {
        let mails = [[UInt8]].mails(3, isEqual: true)
        let field = try FieldServer([mails[0]])
        try await field.drainWell(.archived)
        for mail in mails[1...] {
            field.change { $0 = [SimulatedMessage(uniqueID: "uid0", content: .bytes(mail))] }
            let result = try await field.drainWell(.archived)
            #expect(result.archived == 1 && result.deleted == 1)
        }
        try field.expect(mails)
    }

    @Test("a name that is given on while nothing is deleted is found out before the first deletion")
    func shiftedNames() async throws {
        let mails = [[UInt8]].mails(6, isEqual: true)
        let field = try FieldServer(Array(mails[..<5]))
        try await field.drainWell()
        field.change { messages in
            for index in messages.indices { messages[index].content = .bytes(mails[index + 1]) }
        }
        #expect(try await field.drainWell(.archived).deleted == 5)
        try field.expect(mails)
    }

    @Test("where TOP is unknown, a name that should be gone is fetched before it is deleted")
    func reusedNameWithoutTop() async throws {
        let mails = [[UInt8]].mails(2, isEqual: true)
        let field = try FieldServer(
            [mails[0]], [FaultRule(.command("TOP"), .replyText("-ERR unknown"))], capabilities: ["UIDL"])
        try await field.drainWell(.archived)
        field.change { $0 = [SimulatedMessage(uniqueID: "uid0", content: .bytes(mails[1]))] }
        #expect(try await field.drainWell(.archived).deleted == 1)
        try field.expect(mails)
    }

    @Test("a name whose deletion lasted although the session broke at it is fetched before it is deleted again")
    func lastingDeletion() async throws {
        let mails = [[UInt8]].mails(4, isEqual: true)
        let field = try FieldServer(
            Array(mails[..<3]),
            [
                FaultRule(.command("DELE"), .deleteAtOnce),
                FaultRule(.command("DELE", message: 3), .closeBefore(.rst), when: .only(1)),
            ], capabilities: ["UIDL"])
        #expect(try await field.drain(.archived).isComplete == false)
        #expect(field.remaining.count == 1)
        field.change { $0 = [SimulatedMessage(uniqueID: "uid0", content: .bytes(mails[3]))] }
        #expect(try await field.drainWell(.archived).archived == 1)
        try field.expect(mails)
    }

    @Test("a header without a name of its own is compared with the archived copy")
    func namelessHeader() async throws {
        let mails = ["a", "b"].map { Array("Subject: \($0)\r\n\r\ntext\r\n".utf8) }
        let field = try FieldServer([mails[0]])
        try await field.drainWell()
        #expect(try await field.drainWell().alreadyArchived == 1)
        field.change { $0[0].content = .bytes(mails[1]) }
        #expect(try await field.drainWell(.archived).deleted == 1)
        try field.expect(mails)
    }

    @Test("the answer of another message is not taken for a duplicate", arguments: [DeletionPolicy.never, .archived])
    func answerOfAnother(deletion: DeletionPolicy) async throws {
        let mails = [[UInt8]].mails(5)
        let other = Array("+OK\r\n".utf8) + mails[1] + Array(".\r\n".utf8)
        for capabilities in [["UIDL", "PIPELINING"], ["UIDL"]] {
            let field = try FieldServer(
                mails, [FaultRule(.command("RETR", message: 3), .replyBytes(other), when: .only(1))],
                capabilities: capabilities)
            let result = try await field.drainWell(deletion)
            #expect(result.archived == 5 && result.duplicates == 0)
            try field.expect(mails)
            try field.expectNames(field.remaining)
        }
    }

    @Test("answers that change each time end in quarantine", arguments: [["UIDL", "PIPELINING"], ["UIDL"]])
    func changingAnswers(capabilities: [String]) async throws {
        let mails = [[UInt8]].mails(4)
        let answers = (1...200).map { number in
            FaultRule(
                .command("RETR", message: 3),
                .replyBytes(Array("+OK\r\n".utf8) + mails[number % 2] + Array(".\r\n".utf8)), when: .only(number))
        }
        let field = try FieldServer(mails, FaultScript(answers), capabilities: capabilities)
        let result = try await field.drain().result
        #expect(result.archived == 3 && result.quarantined == 1, "\(result)")
        #expect(field.count("RETR") <= 8)
        try field.expect([mails[0], mails[1], mails[3]])
        try field.expectNames(field.remaining)
    }

    @Test("a message that was half delivered is archived whole once it is")
    func halfDelivered() async throws {
        let whole = [[UInt8]].mails(1)[0]
        let half = Array(whole.dropLast(100)) + Array("\r\n".utf8)
        let field = try FieldServer([half])
        try await field.drainWell()
        field.change { $0[0].content = .bytes(whole) }
        #expect(try await field.drainWell().archived == 1)
        try field.expect([half, whole])
        #expect(try await field.drainWell().alreadyArchived == 1)
    }

    @Test("a server that lost one CAPA is still told UTF8, so that no surrogate takes the place of a message")
    func lostCapabilities() async throws {
        for rule in [1, 2, 3] {
            let field = try Self.surrogates([FaultRule(.command("CAPA"), .closeBefore(.fin), when: .only(rule))])
            #expect(try await field.drainWell(.archived).deleted == 1)
            try field.expect([Self.original])
        }
    }

    @Test(
        "UTF8 is said also where CAPA tells nothing",
        arguments: [
            FaultRule(.command("CAPA"), .closeBefore(.rst), when: .upTo(2)),
            FaultRule(.command("CAPA"), .replyText("-ERR [SYS/TEMP] not now"), when: .only(1)),
            FaultRule(.command("CAPA"), .replyText("-ERR internal error"), when: .only(1)),
        ])
    func untoldCapabilities(rule: FaultRule) async throws {
        let field = try Self.surrogates([rule])
        let report = try await field.drain(.archived, retries: 2)
        #expect(report.isComplete && report.result.deleted == 1, "\(report)")
        try field.expect([Self.original])
    }

    @Test("a server that closes at CAPA and at UTF8 is drained all the same")
    func neitherCommand() async throws {
        let mails = [[UInt8]].mails(2)
        let faults: [FaultRule] = ["CAPA", "UTF8"].map { FaultRule(.command($0), .closeBefore(.fin)) }
        let field = try FieldServer(mails, FaultScript(faults))
        #expect(try await field.drainWell(.archived).deleted == 2)
        #expect(field.count("CAPA") == 2 && field.count("UTF8") == 2)
        try field.expect(mails)
    }

    @Test("what came while UTF8 was refused is fetched once more before it is deleted")
    func refusedOnce() async throws {
        let field = try Self.surrogates([FaultRule(.command("UTF8"), .replyText("-ERR not now"), when: .only(1))])
        #expect(try await field.drain(.archived).result.deleted == 0)
        #expect(field.remaining.count == 1)
        let result = try await field.drainWell(.archived)
        #expect(result.archived == 1 && result.deleted == 1)
        try field.expect([Self.surrogate, Self.original])
    }

    private static let original = Array("Message-ID: <1@example.org>\r\nSubject: \u{e4}\r\n\r\ntext\r\n".utf8)
    private static let surrogate = Array("Message-ID: <1@example.org>\r\nSubject: ?\r\n\r\ntext\r\n".utf8)

    private static func surrogates(_ script: FaultScript) throws -> FieldServer {
        var maildrop = Bench.maildrop([original])
        maildrop.messages[0].surrogate = .bytes(surrogate)
        return try FieldServer(maildrop, script, capabilities: ["UIDL", "TOP", "UTF8 USER"])
    }

    @Test("messages without a name that a broken session had are counted once")
    func namelessCounts() async throws {
        let mails = [[UInt8]].mails(10)
        let field = try FieldServer(
            mails,
            [
                FaultRule(.command("UIDL"), .replyText("-ERR unknown")),
                FaultRule(.command("TOP"), .replyText("-ERR unknown")),
                FaultRule(.command("RETR", message: 7), .closeBefore(.fin), when: .only(1)),
                FaultRule(.command("RETR", message: 9), .closeBefore(.fin), when: .from(1)),
            ], capabilities: [])
        let result = try await field.drain(retries: 3).result
        #expect(result.listed == 10 && result.isBalanced, "\(result)")
        #expect(result.archived == 9)
    }
}
