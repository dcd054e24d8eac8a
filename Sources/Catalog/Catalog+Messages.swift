package import Archive
import Foundation
import GRDB
package import Mail

/// A message as the catalogue knows it, in one account.
package struct CatalogMessage: Sendable {
    package let account: String
    package let digest: Digest
    /// In octets, as transmitted.
    package let size: UInt64
    package let facts: HeaderFacts
    /// Its file in the volumes, or its mbox.
    package let path: String

    /// By the topmost Received field, else by Date; seconds since 1970.
    package var time: Int64? { facts.received ?? facts.date }
}

extension Catalog {
    /// Gives every message of every account that a filter lets through, oldest first in each account.
    package func forEachMessage(_ filter: MessageFilter, _ body: (CatalogMessage) throws -> Void) throws {
        var conditions: [String] = []
        var arguments = StatementArguments()
        if !filter.accounts.isEmpty {
            conditions.append("accounts.name IN (\(filter.accounts.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(filter.accounts)
        }
        if let query = filter.fullTextQuery {
            conditions.append("messages.id IN (SELECT rowid FROM search WHERE search MATCH ?)")
            arguments += [query]
        } else if !filter.words.isEmpty || filter.from != nil || filter.to != nil || filter.subject != nil {
            return  // Words without a letter or digit match nothing.
        }
        if let since = filter.since {
            conditions.append("COALESCE(messages.received, messages.date) >= ?")
            arguments += [since]
        }
        if let before = filter.before {
            conditions.append("COALESCE(messages.received, messages.date) < ?")
            arguments += [before]
        }
        let condition = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT accounts.name, messages.digest, size, sender, recipients, cc, subject, message_id, date,
                        received, path
                    FROM holdings JOIN accounts ON accounts.id = holdings.account
                    JOIN messages ON messages.id = holdings.message \(condition)
                    ORDER BY accounts.name, COALESCE(received, date, 0), messages.id
                    """, arguments: arguments)
            while let row = try rows.next() { try body(try CatalogMessage(row: row, layout)) }
        }
    }

    /// The digests of stored messages that begin with some hex digits; at most `limit`.
    package func digests(withPrefix prefix: String, limit: Int) throws -> [Digest] {
        let lower = prefix.lowercased()
        guard !lower.isEmpty, lower.allSatisfy(\.isHexDigit), lower.count <= 64 else { return [] }
        func bound(_ digit: Character) -> Data {
            let padded = lower + String(repeating: digit, count: 64 - lower.count)
            return Digest(hex: padded)?.data ?? Data()
        }
        return try database.read { database in
            try Data.fetchAll(
                database,
                sql: """
                    SELECT digest FROM messages WHERE \(Digest.keyColumn) BETWEEN ? AND ? AND digest BETWEEN ? AND ?
                    ORDER BY digest LIMIT ?
                    """,
                arguments: [
                    bound("0").prefix(Digest.keyByteCount), bound("f").prefix(Digest.keyByteCount), bound("0"),
                    bound("f"), limit,
                ]
            ).compactMap { Digest(data: $0) }
        }
    }

    /// All messages, each once, in the order in which they lie on disk.
    package func allDigests() throws -> [Digest] {
        try database.read { database in
            try Data.fetchAll(database, sql: "SELECT digest FROM messages ORDER BY id").compactMap { Digest(data: $0) }
        }
    }

    /// The accounts that hold a message.
    package func holders(of digest: Digest) throws -> [String] {
        try database.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT accounts.name FROM holdings JOIN accounts ON accounts.id = holdings.account
                    WHERE message = (SELECT id FROM messages WHERE \(Digest.isGiven)) ORDER BY accounts.name
                    """, arguments: digest.given)
        }
    }

    /// Gives each account's own file of each message that it holds.
    /// - Returns: the committed files of the same moment.
    package func forEachOwnFile(
        _ body: (_ account: String, _ message: Digest, _ path: String) throws -> Void
    ) throws -> [String: CatalogGroup.File] {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT accounts.name, messages.digest, path FROM holdings
                    JOIN accounts ON accounts.id = holdings.account JOIN messages ON messages.id = holdings.message
                    """)
            while let row = try rows.next() {
                guard let digest = Digest(data: row[1]) else {
                    throw ArchiveError(.damaged, layout.catalog, "a message has no digest: reindex")
                }
                try body(row[0], digest, OwnFile.path(row[2], account: row[0], digest))
            }
            return try Self.files(database)
        }
    }

    /// Where the segments of a message lie, in order; `nil` when it is not known.
    package func places(of digest: Digest) throws -> [Place]? {
        try committedPlaces(of: digest)?.map(\.place)
    }

    /// The same for readers, who do not know what becomes of the files meanwhile.
    package func committedPlaces(of digest: Digest) throws -> [CommittedPlace]? {
        try lookUp { database in
            let messages = try database.cachedStatement(sql: "SELECT segments FROM messages WHERE \(Digest.isGiven)")
            guard let ids = try Data.fetchOne(messages, arguments: digest.given) else { return nil }
            guard let numbers = LEB128.numbers(in: ids) else {
                throw ArchiveError(.damaged, layout.catalog, "message \(digest) has a broken list of segments: reindex")
            }
            let segments = try database.cachedStatement(
                sql: """
                    SELECT files.path, member, inner_offset, segments.length, files.length, state FROM segments
                    JOIN files ON files.id = segments.file WHERE segments.id = ?
                    """)
            return try numbers.map { number in
                guard let row = try Row.fetchOne(segments, arguments: [Int64(number)]) else {
                    throw ArchiveError(.damaged, layout.catalog, "segment \(number) of \(digest) is missing: reindex")
                }
                let isSealed = CatalogGroup.FileState(rawValue: row[5]) == .sealed
                return CommittedPlace(
                    Place(row: row), sealedLength: isSealed ? UInt64(clamping: row[4] as Int64) : nil)
            }
        }
    }
}

extension CatalogMessage {
    fileprivate init(row: Row, _ layout: ArchiveLayout) throws {
        account = row[0]
        guard let digest = Digest(data: row[1]) else {
            throw ArchiveError(.damaged, layout.catalog, "a message has no digest: reindex")
        }
        self.digest = digest
        size = UInt64(clamping: row[2] as Int64)
        var facts = HeaderFacts(headerBytes: UnsafeRawBufferPointer(start: nil, count: 0))
        (facts.from, facts.to, facts.cc, facts.subject) = (row[3], row[4], row[5], row[6])
        (facts.messageID, facts.date, facts.received) = (row[7], row[8], row[9])
        self.facts = facts
        path = OwnFile.path(row[10], account: account, digest)
    }
}
