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
