package import Archive
import Foundation
import GRDB
package import Mail

extension Catalog {
    /// Whether a segment is stored.
    package func hasSegment(_ digest: Digest) throws -> Bool {
        try lookUp(digest) { database in
            let statement = try database.cachedStatement(sql: "SELECT 1 FROM segments WHERE \(Digest.isGiven)")
            return try Int.fetchOne(statement, arguments: digest.given)
        } != nil
    }

    /// Whether a message is stored, for any account.
    package func hasMessage(_ digest: Digest) throws -> Bool {
        try lookUp(digest) { database in
            let statement = try database.cachedStatement(sql: "SELECT 1 FROM messages WHERE \(Digest.isGiven)")
            return try Int.fetchOne(statement, arguments: digest.given)
        } != nil
    }

    /// The file of a message that an account holds; `nil` when it does not hold it.
    package func holding(_ digest: Digest, account: String) throws -> String? {
        try lookUp(digest) { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT path FROM holdings
                    WHERE account = (SELECT id FROM accounts WHERE name = ?)
                    AND message = (SELECT id FROM messages WHERE \(Digest.isGiven))
                    """)
            return try Row.fetchOne(statement, arguments: [account] + digest.given).map {
                OwnFile.path($0[0], account: account, digest)
            }
        }
    }

    /// The entry of a stored segment, for lists to name: its part, or the message that consists of nothing else.
    package func entry(of segment: Digest) throws -> String {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT entry, accounts.name FROM segments LEFT JOIN accounts ON accounts.id = entry
                    WHERE \(Digest.isGiven)
                    """)
            guard let row = try Row.fetchOne(statement, arguments: segment.given), let entry: DatabaseValue = row[0],
                !entry.isNull
            else { return ArchiveLayout.part(segment) }
            if let account: String = row[1] { return ArchiveLayout.whole(account: account, segment) }
            return String.fromDatabaseValue(entry) ?? ArchiveLayout.part(segment)
        }
    }

    /// Where a segment lies.
    package func place(of segment: Digest) throws -> Place? {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT files.path, member, inner_offset, segments.length FROM segments
                    JOIN files ON files.id = segments.file WHERE \(Digest.isGiven)
                    """)
            return try Row.fetchOne(statement, arguments: segment.given).map(Place.init(row:))
        }
    }

    /// The digests of a message's segments, in order.
    package func segments(of digest: Digest) throws -> [Digest]? {
        try lookUp(digest) { database in
            let messages = try database.cachedStatement(sql: "SELECT segments FROM messages WHERE \(Digest.isGiven)")
            let segments = try database.cachedStatement(sql: "SELECT digest FROM segments WHERE id = ?")
            guard let ids = try Data.fetchOne(messages, arguments: digest.given),
                let numbers = LEB128.numbers(in: ids)
            else { return nil }
            return try numbers.map { number in
                guard let data = try Data.fetchOne(segments, arguments: [Int64(number)]),
                    let digest = Digest(data: data)
                else {
                    throw ArchiveError(.damaged, layout.catalog, "segment \(number) is missing: reindex")
                }
                return digest
            }
        }
    }

    /// The newest record, by the SHA-256 that the next one must name; `nil` while there is none.
    package func lastRecord() throws -> Digest? {
        try lookUp(Self.lastRecord)
    }

    private static func lastRecord(_ database: Database) throws -> Digest? {
        let statement = try database.cachedStatement(sql: "SELECT record FROM chain")
        return try Data.fetchOne(statement).flatMap { Digest(data: $0) }
    }

    /// Whether the mail lies in mbox files rather than in volumes; `nil` while there is none.
    package func holdsMboxMail() throws -> Bool? {
        try database.read { database in
            try Bool.fetchOne(
                database,
                sql: "SELECT path LIKE 'mbox/%' FROM segments JOIN files ON files.id = segments.file LIMIT 1")
        }
    }

    /// The committed files whose path begins with `prefix`, by path relative to the root.
    package func files(prefix: String = "") throws -> [String: CatalogGroup.File] {
        try database.read { try Self.files($0, prefix: prefix) }
    }

    /// All committed files and the newest record in them, of one moment.
    package func committed() throws -> (files: [String: CatalogGroup.File], lastRecord: Digest?) {
        try database.read { (try Self.files($0), try Self.lastRecord($0)) }
    }

    static func files(_ database: Database, prefix: String = "") throws -> [String: CatalogGroup.File] {
        var result: [String: CatalogGroup.File] = [:]
        let rows = try Row.fetchAll(
            database, sql: "SELECT path, length, state FROM files WHERE path >= ? AND path < ?",
            arguments: [prefix, prefix + "\u{10FFFF}"])
        for row in rows {
            let path: String = row[0]
            let state = CatalogGroup.FileState(rawValue: row[2]) ?? .closed
            result[path] = CatalogGroup.File(path: path, length: UInt64(clamping: row[1] as Int64), state: state)
        }
        return result
    }
}

extension Place {
    /// From the columns path, member, inner offset, length.
    init(row: Row) {
        self.init(
            file: row[0], memberOffset: UInt64(clamping: row[1] as Int64),
            innerOffset: UInt32(clamping: row[2] as Int64), length: UInt64(clamping: row[3] as Int64))
    }
}
