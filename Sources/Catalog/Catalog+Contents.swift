package import Archive
import Foundation
import GRDB
package import Mail

/// All that a catalogue says, one by one, for a comparison with another one. What gets it must not ask the same
/// catalogue.
extension Catalog {
    /// The accounts as they were in their last run, by name.
    package func accounts() throws -> [String: GroupRecord.Account] {
        try database.read { database in
            var result: [String: GroupRecord.Account] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT name, host, port, user FROM accounts") {
                result[row[0]] = GroupRecord.Account(row: row, from: 0)
            }
            return result
        }
    }

    /// Gives everything that accounts hold, with each of its checkpoints; what has none comes once, with an empty
    /// unique-id.
    ///
    /// A unique-id that stands for no other message comes as the sole one. In an mbox archive those have a place whose
    /// message is read from the account's own copy.
    package func forEachHolding(
        _ body: (GroupRecord.Account, GroupRecord.Message, _ hasCheckpoint: Bool) throws -> Void
    ) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT accounts.name, host, port, user, messages.digest, size, holdings.path, archived, unique_id,
                        files.path, member, inner_offset, segments.length, listed, proof,
                        NOT EXISTS (
                            SELECT 1 FROM checkpoints AS others WHERE others.account = holdings.account
                            AND others.unique_id = checkpoints.unique_id AND others.message <> holdings.message)
                    FROM holdings JOIN accounts ON accounts.id = holdings.account
                    JOIN messages ON messages.id = holdings.message
                    LEFT JOIN checkpoints
                        ON checkpoints.account = holdings.account AND checkpoints.message = holdings.message
                    LEFT JOIN segments ON substr(segments.digest, 1, \(Digest.keyByteCount))
                        = substr(messages.digest, 1, \(Digest.keyByteCount))
                        AND segments.digest = messages.digest AND holdings.path LIKE 'mbox/%'
                    LEFT JOIN files ON files.id = segments.file
                    """)
            while let row = try rows.next() {
                guard let digest = Digest(data: row[4]) else {
                    throw ArchiveError(.damaged, layout.catalog, "a message has no digest: reindex")
                }
                let path = OwnFile.path(row[6], account: row[0], digest)
                let uniqueID: Data? = row[8]
                var message = GroupRecord.Message(
                    account: row[0], uniqueID: uniqueID.map(Array.init) ?? [], digest: digest,
                    size: UInt64(clamping: row[5] as Int64), path: path, archived: row[7])
                if let uniqueID, !uniqueID.isEmpty {
                    (message.listedOctets, message.proof) = Self.knowledge(row, from: 13)
                    message.isSole = row[15]
                }
                if (row[9] as String?) == path {
                    message.place = Place(
                        file: path, memberOffset: UInt64(clamping: row[10] as Int64),
                        innerOffset: UInt32(clamping: row[11] as Int64), length: UInt64(clamping: row[12] as Int64))
                }
                try body(GroupRecord.Account(row: row, from: 0), message, uniqueID != nil)
            }
        }
    }

    /// Gives every segment with its place.
    package func forEachSegment(_ body: (Digest, Place) throws -> Void) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT files.path, member, inner_offset, segments.length, digest FROM segments
                    JOIN files ON files.id = segments.file
                    """)
            while let row = try rows.next() {
                guard let digest = Digest(data: row[4]) else { continue }
                try body(digest, Place(row: row))
            }
        }
    }

    /// Gives how each run ended for each of its accounts.
    package func forEachResult(_ body: (GroupRecord.Run, GroupRecord.Result) throws -> Void) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT runs.name AS run_name, started, accounts.name, results.* FROM results
                    JOIN runs ON runs.id = run JOIN accounts ON accounts.id = account ORDER BY runs.name, account
                    """)
            while let row = try rows.next() {
                try body(
                    GroupRecord.Run(id: row["run_name"], started: row["started"]), GroupRecord.Result(row: row))
            }
        }
    }

    /// Whether it is known how a run ended for an account.
    package func hasResult(of run: String, account: String) throws -> Bool {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT 1 FROM results WHERE run = (SELECT id FROM runs WHERE name = ?)
                    AND account = (SELECT id FROM accounts WHERE name = ?)
                    """)
            return try Int.fetchOne(statement, arguments: [run, account]) != nil
        }
    }

    /// The messages that a unique-id of an account stands for, and what is known of it.
    package func checkpoints(
        ofUniqueID uniqueID: [UInt8], account: String
    ) throws -> [(message: Digest, listedOctets: UInt64?, proof: GroupRecord.Proof)] {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT listed, proof, digest FROM checkpoints JOIN messages ON messages.id = checkpoints.message
                    WHERE account = (SELECT id FROM accounts WHERE name = ?) AND unique_id = ?
                    """)
            return try Row.fetchAll(statement, arguments: [account, Data(uniqueID)]).compactMap { row in
                guard let digest = Digest(data: row[2]) else { return nil }
                let (listedOctets, proof) = Self.knowledge(row, from: 0)
                return (digest, listedOctets, proof)
            }
        }
    }

    /// From the columns listed and proof, the first of which is at `index`.
    private static func knowledge(_ row: Row, from index: Int) -> (UInt64?, GroupRecord.Proof) {
        ((row[index] as Int64?).map { UInt64(clamping: $0) }, GroupRecord.Proof(rawValue: row[index + 1]) ?? .header)
    }

    /// The messages that need at least one of these segments.
    package func messages(needing segments: Set<Digest>) throws -> [Digest] {
        guard !segments.isEmpty else { return [] }
        return try database.read { database in
            let idOfSegment = try database.cachedStatement(sql: "SELECT id FROM segments WHERE \(Digest.isGiven)")
            let ids = Set(try segments.compactMap { try UInt64.fetchOne(idOfSegment, arguments: $0.given) })
            var result: [Digest] = []
            let rows = try Row.fetchCursor(database, sql: "SELECT digest, segments FROM messages ORDER BY id")
            while let row = try rows.next() {
                guard let numbers = LEB128.numbers(in: row[1] as Data), let digest = Digest(data: row[0]) else {
                    continue
                }
                if numbers.contains(where: ids.contains) { result.append(digest) }
            }
            return result
        }
    }
}

extension GroupRecord.Account {
    /// From the columns name, host, port, user, the first of which is at `index`.
    init(row: Row, from index: Int) {
        self.init(
            name: row[index], host: row[index + 1], port: UInt16(clamping: row[index + 2] as Int64),
            user: row[index + 3])
    }
}
