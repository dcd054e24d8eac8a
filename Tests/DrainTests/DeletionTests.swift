import Archive
import Catalog
import GRDB
import Manifest
import Platform
import Simulation
import Testing

@testable import Drain

/// Nothing is deleted on a server but what the archive proves to hold, and all of that which the policy wants gone.
@Suite(.timeLimit(.minutes(5))) struct DeletionTests {
    private static let mails = [[UInt8]].mails(5)

    @Test("deletes what it has just archived, and the next run finds nothing")
    func archived() async throws {
        let field = try FieldServer(Self.mails)
        let result = try await field.drainWell(.archived)
        #expect(result.archived == 5 && result.deleted == 5)
        #expect(field.remaining.isEmpty && field.server.log.last == "QUIT")
        #expect(try await field.drainWell(.archived).listed == 0)
        try field.expect(Self.mails)
    }

    @Test("deletes what earlier runs have archived, without fetching it again")
    func archivedBefore() async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        #expect(field.count("DELE") == 0)
        #expect(try await field.drainWell(.archived).deleted == 5)
        #expect(field.count("RETR") == 5 && field.remaining.isEmpty)
    }

    @Test("deletes nothing before its days are over, counted from when it was first archived")
    func days() async throws {
        let field = try FieldServer(Self.mails)
        #expect(try await field.drainWell(.afterDays(2)).deleted == 0)
        try field.age(by: 2 * 86_400 - 600, ["uid0", "uid1"])
        #expect(try await field.drainWell(.afterDays(2)).deleted == 0)
        try field.age(by: 600, ["uid1"])
        #expect(try await field.drainWell(.afterDays(2)).deleted == 1)
        #expect(
            field.remaining.map { String(decoding: $0.uniqueID, as: UTF8.self) } == ["uid0", "uid2", "uid3", "uid4"])
        try field.expect(Self.mails)
    }

    @Test("deletes no more in a run than the limit, the oldest first")
    func limit() async throws {
        let field = try FieldServer(Self.mails)
        for (deleted, left) in [(2, 3), (2, 1), (1, 0), (0, 0)] {
            let report = try await field.drain(.archived, limit: 2)
            #expect(report.isComplete && report.result.deleted == deleted)
            #expect(field.remaining.count == left)
        }
        try field.expect(Self.mails)
    }

    @Test("deletions that were asked for and never confirmed count for the limit too")
    func limitOfUnconfirmed() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("QUIT"), .closeAfterBytes(0, how: .fin), when: .only(1))])
        let report = try await field.drain(.archived, limit: 3, retries: 3)
        #expect(report.isComplete, "\(report)")
        #expect(field.remaining.count == 2)
    }

    @Test("a server without sizes keeps what was archived before, and that is told")
    func unsized() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("LIST"), .replyText("-ERR unknown"))], capabilities: ["UIDL", "TOP"])
        try await field.drainWell()
        let watch = Watch()
        let report = try await field.drain(.archived, observer: watch)
        #expect(report.isComplete && report.result.deleted == 0 && field.remaining.count == 5)
        #expect(watch.texts.contains { $0.contains("5 messages that are archived stay") }, "\(watch.texts)")
    }

    @Test("deletions whose confirmation was lost count once the next listing of the run confirms them")
    func confirmedByListing() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("QUIT"), .closeAfterBytes(0, how: .fin), when: .only(1))])
        let report = try await field.drain(.archived, retries: 2)
        #expect(report.isComplete && report.result.deleted == 5 && field.remaining.isEmpty, "\(report)")
    }

    @Test("messages whose deletion is refused take no place of others under the limit", arguments: [false, true])
    func limitOfRefused(isArchivedBefore: Bool) async throws {
        let rules = [1, 2].map { FaultRule(.command("DELE", message: $0), .replyText("-ERR no")) }
        let field = try FieldServer(Self.mails, FaultScript(rules))
        if isArchivedBefore { try await field.drainWell() }
        for _ in 0..<3 { #expect(try await field.drain(.archived, limit: 2).result.deleted <= 2) }
        #expect(field.remaining.map(\.uniqueID) == ["uid0", "uid1"].map { Array($0.utf8) })
        try field.expect(Self.mails)
    }

    @Test("a message whose size changed is fetched before it is deleted")
    func changedSize() async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        field.change { $0[1].listedSize = 12 }
        let result = try await field.drainWell(.archived)
        #expect(result.deleted == 5 && result.duplicates == 1)
        // Twice, since it has not the size that is listed.
        #expect(field.count("RETR") == 5 + 2)
    }

    @Test("a body that changed behind the same header is archived before it is deleted", arguments: [false, true])
    func changedBody(isDrainedBefore: Bool) async throws {
        let field = try FieldServer(Self.mails)
        try await field.drainWell()
        let other = Self.mails[1] + Array("and more\r\n".utf8)
        field.change { $0[1].content = .bytes(other) }
        if isDrainedBefore { #expect(try await field.drainWell().archived == 1) }
        let result = try await field.drainWell(.archived)
        #expect(result.deleted == 5 && result.archived == (isDrainedBefore ? 0 : 1))
        try field.expect(Self.mails + [other])
    }

    @Test("what is known by its header only is fetched before it is deleted, and a lying header loses nothing")
    func mapped() async throws {
        let mails = [[UInt8]].mails(10)
        let field = try FieldServer(mails)
        try await field.drainWell()
        var other = mails[9]
        other[other.count - 4] ^= 1
        field.change { messages in
            for index in messages.indices { messages[index].uniqueID = Array("other\(index)".utf8) }
            messages[9].content = .bytes(other)
        }
        #expect(try await field.drainWell().mapped == 10)
        #expect(field.count("RETR") == 13)
        // Three of them were compared.
        let result = try await field.drainWell(.archived)
        #expect(result.deleted == 10 && result.duplicates == 6 && result.archived == 1)
        #expect(field.count("RETR") == 20 && field.remaining.isEmpty)
        try field.expect(mails + [other])
    }

    @Test("what cannot be read back from the disk stays on the server, and the account ends as damaged")
    func damagedCopy() async throws {
        // Of incompressible bodies each has members of its own.
        let mails = (0..<4).map { number in
            Array("Subject: \(number)\r\n\r\n".utf8) + ArchiveBuilder.text(200_000, seed: UInt64(number))
        }
        let field = try FieldServer(mails)
        try await field.drainWell()
        let volume = "archive/" + ArchiveLayout.volume(1)
        let length = try field.bench.scratch.bytes(volume).count
        try field.bench.scratch.flip(volume, at: length / 2)
        let report = try await field.drain(.archived, retries: 3)
        let failure = try #require(report.failure)
        #expect(failure.kind == .damaged && failure.description.contains("mailcask verify"), "\(failure)")
        let left = field.remaining.map { $0.content.transmittedForm() }
        #expect(left.count == 1 && report.result.deleted == 3)
        // The whole ones can be read; the one that cannot is still there.
        for mail in mails where !left.contains(mail) {
            let index = mails.firstIndex(of: mail)!
            #expect(try field.archived("uid\(index)") == mail)
        }
        let missing = try #require(mails.firstIndex(of: left[0]))
        #expect(throws: (any Error).self) { try field.archived("uid\(missing)") }
    }

    @Test("a server that refuses deletions is told of, and keeps its messages", arguments: [[2], [1, 2, 3, 4, 5]])
    func refused(numbers: [Int]) async throws {
        let rules = numbers.map {
            FaultRule(.command("DELE", message: $0), .replyText("-ERR read-only\u{1B}"), when: .only(1))
        }
        let field = try FieldServer(Self.mails, FaultScript(rules))
        let watch = Watch()
        let report = try await field.drain(.archived, observer: watch)
        #expect(report.isComplete && report.result.deleted == 5 - numbers.count)
        #expect(watch.texts.contains { $0.contains("\(numbers.count) messages stay") && $0.contains("read-only\\x1B") })
        #expect(field.remaining.count == numbers.count)
        #expect(try await field.drainWell(.archived).deleted == numbers.count)
        try field.expect(Self.mails)
    }

    @Test("nothing is deleted that did not become durable")
    func fullDisk() async throws {
        let field = try FieldServer(Self.mails)
        let full = Faults(.sync, under: field.bench.layout.root, suffix: ".tar.gz", only: 1, goesOn: true)
        #expect(try await field.drain(.archived).failure?.kind == .localDisk)
        full.remove()
        #expect(field.count("DELE") == 0 && field.remaining.count == 5)
        #expect(try await field.drainWell(.archived).deleted == 5)
        try field.expect(Self.mails)
    }

    @Test("what a session could not archive stays")
    func incomplete() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("RETR", message: 3), .replyText("-ERR damaged"), when: .only(1))])
        let report = try await field.drain(.archived)
        #expect(report.result.deleted == 4 && report.result.quarantined == 1)
        #expect(field.remaining.map(\.uniqueID) == [Array("uid2".utf8)])
        #expect(try await field.drainWell(.archived).deleted == 1)
        try field.expect(Self.mails)
    }

    @Test("a server that loses DELE commands under pipelining gets them one at a time")
    func racyDeletions() async throws {
        let field = try FieldServer(Self.mails, [FaultRule(.command("DELE"), .pipeliningBroken)])
        let report = try await field.drain(.archived, retries: 2, seconds: 0.5)
        #expect(report.isComplete && report.result.deleted == 5, "\(report)")
        #expect(field.server.sessionCount == 2 && field.remaining.isEmpty)
        try field.expect(Self.mails)
    }

    @Test("a steady account with deletions asks for no headers")
    func steady() async throws {
        let field = try FieldServer(Self.mails)
        for round in 0..<3 {
            #expect(try await field.drainWell(.archived).archived == 5)
            let mails = [[UInt8]].mails(5, from: 10 * (round + 1))
            field.change { $0 = Bench.maildrop(mails, from: 10 * (round + 1)).messages }
        }
        #expect(field.count("TOP") == 0 && field.count("RETR") == 15)
    }

    @Test("a long drain with deletions is cut into sessions, so that one lost QUIT undoes little")
    func splitting() async throws {
        let mails = (0..<5200).map { Array("\($0)\r\n".utf8) }
        let field = try FieldServer(mails)
        let result = try await field.drainWell(.archived)
        #expect(result.listed == 5200 && result.archived == 5200 && result.deleted == 5200)
        // The last one only looks whether there is more.
        #expect((2...3).contains(field.server.sessionCount) && field.count("QUIT") == field.server.sessionCount)
        #expect(field.remaining.isEmpty)
    }

    @Test("a stop in the middle of deletions ends the session in order, and keeps all counts true")
    func stopping() async throws {
        let field = try FieldServer(
            Self.mails, [FaultRule(.command("DELE", message: 2), .delay(seconds: 3))], capabilities: ["UIDL"])
        let stop = StopControl()
        let account = field.account(.archived)
        let server = field.server
        let stopping = Thread(name: "stop") {
            while !server.log.contains("DELE 2") { Process.sleep(milliseconds: 5) }
            stop.request()
        }
        let result = try await field.bench.drain([account], stop: stop).accounts[0].result
        stopping.join()
        #expect(result.archived == 5 && result.deleted == 2 && field.remaining.count == 3)
        #expect(field.server.log.last == "QUIT")
        try field.expect(Self.mails)
    }
}

extension FieldServer {
    /// Lets messages have been archived so many seconds earlier.
    fileprivate func age(by seconds: Int, _ uniqueIDs: [String]) throws {
        let catalog = try Catalog(bench.layout, .write)
        try catalog.database.write { database in
            for uniqueID in uniqueIDs {
                try database.execute(
                    sql: """
                        UPDATE holdings SET archived = archived - ?
                        WHERE message = (SELECT message FROM checkpoints WHERE unique_id = CAST(? AS BLOB))
                        """, arguments: [seconds, uniqueID])
            }
        }
        try catalog.close()
    }
}
