import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

/// Messages whose unique-ids say nothing are known again by their headers, and never by a header that lies.
@Suite(.timeLimit(.minutes(5))) struct RenumberingTests {
    private static let mails = [[UInt8]].mails(30)

    private static func rename(_ messages: inout [SimulatedMessage]) {
        for index in messages.indices { messages[index].uniqueID = Array("other\(index)".utf8) }
    }

    @Test("a maildrop that moved to another host costs its headers and three messages", arguments: [false, true])
    func moved(keepsNames: Bool) async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        var maildrop = Bench.maildrop(Self.mails)
        if !keepsNames { Self.rename(&maildrop.messages) }
        let other = try SimulatedServer(maildrops: ["ann": maildrop])
        for run in 1...2 {
            let result = try await field.bench.drain([field.bench.account("ann", at: other)]).accounts[0].result
            #expect(result.alreadyArchived == 30 && result.mapped == (run == 1 ? 30 : 0))
        }
        #expect(other.log.count { $0.hasPrefix("TOP") } == 30 && other.retrievedCount == 3)
        try field.expect(Self.mails)
        try field.expectNames(maildrop.messages)
    }

    @Test("a moved maildrop that is shown in windows is known again in each of them")
    func movedInWindows() async throws {
        let mails = [[UInt8]].mails(250)
        let field = try FieldServer(mails)
        try await field.drainWell()
        var maildrop = Bench.maildrop(mails)
        Self.rename(&maildrop.messages)
        maildrop.windowMessageLimit = 120
        let other = try SimulatedServer(maildrops: ["ann": maildrop])
        let account = field.bench.account("ann", at: other, deletion: .archived)
        let report = try await field.bench.drain([account]).accounts[0]
        #expect(report.isComplete && report.result.mapped == 250, "\(report)")
        try field.expect(mails)
    }

    @Test("where a compared header lies, all is fetched")
    func lie() async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        // The smallest is compared first.
        let smallest = Self.mails.indices.min { Self.mails[$0].count < Self.mails[$1].count }!
        var other = Self.mails[smallest]
        other[other.count - 4] ^= 1
        field.change {
            Self.rename(&$0)
            $0[smallest].content = .bytes(other)
        }
        let result = try await field.drainWell()
        #expect(result.mapped == 0 && result.archived == 1 && result.duplicates == 29)
        try field.expect(Self.mails + [other])
        try field.expectNames(field.remaining)
    }

    @Test("two alike in the listing or in the archive are fetched, and the others are not", arguments: [false, true])
    func alike(inArchive: Bool) async throws {
        var twin = Self.mails[7]
        twin[twin.count - 4] ^= 1
        var maildrop = Bench.maildrop(Self.mails)
        if inArchive { maildrop.messages.append(SimulatedMessage(uniqueID: "twin", content: .bytes(twin))) }
        let field = try FieldServer(maildrop)
        try await field.drainWell()
        let before = field.count("RETR")
        field.change {
            if !inArchive { $0.append(SimulatedMessage(uniqueID: "", content: .bytes(twin))) }
            Self.rename(&$0)
        }
        let result = try await field.drainWell()
        #expect(result.mapped == 29 && result.archived == (inArchive ? 0 : 1))
        // One that was archived before is asked for twice, since it could be a reply that came twice.
        #expect(field.count("RETR") - before <= 3 + 2 + 2)
        try field.expect(Self.mails + [twin])
        try field.expectNames(field.remaining)
    }

    @Test("one that is like a message which is known by its name is fetched")
    func likeKnown() async throws {
        let mails = [[UInt8]].mails(12)
        let field = try FieldServer(mails)
        try await field.drainWell()
        // The largest is not among the samples.
        let index = try #require(mails.indices.max { mails[$0].count < mails[$1].count })
        var twin = mails[index]
        twin[twin.count - 5] ^= 1
        field.change { messages in
            for other in messages.indices where other != index { messages[other].uniqueID = Array("same".utf8) }
            messages.append(SimulatedMessage(uniqueID: "same", content: .bytes(twin)))
        }
        let result = try await field.drainWell()
        #expect(result.mapped == 11 && result.archived == 1, "\(result)")
        try field.expect(mails + [twin])
    }

    @Test("one that is like a message whose header is refused is fetched")
    func likeUnseen() async throws {
        let mails = [[UInt8]].mails(12)
        let index = try #require(mails.indices.max { mails[$0].count < mails[$1].count })
        let field = try FieldServer(
            mails, [FaultRule(.command("TOP", message: index + 1), .replyText("-ERR [SYS/TEMP] busy"))])
        try await field.drainWell()
        var twin = mails[index]
        twin[twin.count - 5] ^= 1
        field.change { messages in
            Self.rename(&messages)
            messages.append(SimulatedMessage(uniqueID: "twin", content: .bytes(twin)))
        }
        let result = try await field.drainWell()
        #expect(result.mapped == 11 && result.archived == 1 && result.duplicates == 1, "\(result)")
        try field.expect(mails + [twin])
        try field.expectNames(field.remaining)
    }

    @Test("other sizes or headers are fetched")
    func different() async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        let longer = Self.mails[3] + [13, 10]
        let headed = Array("X-Spam: no\r\n".utf8) + Self.mails[4]
        field.change {
            Self.rename(&$0)
            $0[3].content = .bytes(longer)
            $0[4].content = .bytes(headed)
        }
        let result = try await field.drainWell()
        #expect(result.mapped == 28 && result.archived == 2)
        try field.expect(Self.mails + [longer, headed])
    }

    @Test("a server that refuses TOP is asked a few times only")
    func refusedTOP() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("TOP"), .replyText("-ERR no"))], capabilities: ["UIDL", "TOP"])
        try await field.drainWell()
        field.change(Self.rename)
        #expect(try await field.drainWell().duplicates == 30)
        #expect(field.count("TOP") == 3)
        try field.expectNames(field.remaining)
    }

    @Test("where nothing could be compared, headers prove nothing", arguments: ["refused", "large"])
    func unproved(what: String) async throws {
        let isLarge = what == "large"
        let mails = isLarge ? [[UInt8]].mails(4, byteCount: 1_200_000) : Self.mails
        let rule = FaultRule(.command("RETR"), .replyText("-ERR not now"), when: .from(mails.count + 1))
        let field = try FieldServer(mails, isLarge ? .none : [rule])
        try await field.drainWell()
        field.change(Self.rename)
        let report = try await field.drain()
        // Of large messages one is compared.
        #expect(report.result.mapped == (isLarge ? 4 : 0), "\(report)")
        if isLarge { #expect(field.count("RETR") == 5) }
        try field.expect(mails)
    }

    @Test("a session that breaks among headers is followed by one that tries them again")
    func brokenSession() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("TOP", message: 20), .closeBefore(.fin), when: .only(1))])
        try await field.drainWell()
        field.change(Self.rename)
        let report = try await field.drain(retries: 2)
        #expect(report.isComplete && report.result.mapped == 30, "\(report)")
        #expect(field.count("RETR") == 33)
        try field.expectNames(field.remaining)
    }

    @Test("one refusal of UIDL in words that are not known costs no message, and a second one is believed")
    func refusedUIDL() async throws {
        for refusedCount in [1, 2] {
            let rules = (2..<2 + refusedCount).map {
                FaultRule(.command("UIDL"), .replyText("-ERR internal error"), when: .only($0))
            }
            let field = try FieldServer(Self.mails, FaultScript(rules), capabilities: ["UIDL"])
            try await field.drainWell()
            let report = try await field.drain(retries: 2)
            #expect(report.isComplete && report.result.archived == 0, "\(report)")
            #expect(field.count("RETR") == 30 * refusedCount)
            try field.expect(Self.mails)
        }
    }

    @Test("new mail of an account whose unique-ids go on costs no headers")
    func newMail() async throws {
        let field = try FieldServer(Array(Self.mails[..<10]))
        try await field.drainWell()
        field.change { $0 += Bench.maildrop(Array(Self.mails[10...]), from: 10).messages }
        #expect(try await field.drainWell().archived == 20)
        #expect(field.count("TOP") == 0)
    }

    @Test("messages without Message-ID and Received are never known by their headers")
    func indistinct() async throws {
        let letters = [[UInt8]].letters(6)
        let field = try FieldServer(letters)
        try await field.drainWell()
        field.change(Self.rename)
        #expect(try await field.drainWell().duplicates == 6)
        try field.expect(letters)
    }
}
