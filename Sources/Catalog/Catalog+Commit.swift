import Archive
import Foundation
import GRDB
import Mail

extension Catalog {
    /// Adds a group in one transaction. Adding the same group twice changes nothing.
    package func commit(_ group: CatalogGroup) throws {
        let digests = group.segments.map(\.digest) + group.messages.map(\.digest)
        func write() throws {
            try database.write { database in
                var writer = GroupWriter(database)
                try writer.write(group)
            }
        }
        if let absent { try absent.duringArrival(of: digests, write) } else { try write() }
    }

    /// Notes how far files are good, without anything else.
    package func commit(files: [CatalogGroup.File]) throws {
        try database.write { database in
            var writer = GroupWriter(database)
            for file in files { try writer.write(file) }
        }
    }

    /// Notes files that are no part of the archive any more: their names are never used again.
    package func commit(setAside paths: [String]) throws {
        guard !paths.isEmpty else { return }
        try commit(files: paths.map { CatalogGroup.File(path: $0, length: 0, state: .closed) })
    }
}

/// Writes one group's rows, remembering the ids it meets.
private struct GroupWriter {
    private let database: Database
    private var fileIDs: [String: Int64] = [:]
    private var accountIDs: [String: Int64] = [:]
    private var segmentIDs: [Digest: Int64] = [:]
    private var messageIDs: [Digest: Int64] = [:]

    init(_ database: Database) { self.database = database }

    mutating func write(_ group: CatalogGroup) throws {
        for file in group.files { try write(file) }
        for account in group.record.accounts { try write(account) }
        // In the order of their index: each page of it is written once.
        for segment in group.segments.sorted(by: { $0.digest < $1.digest }) { try write(segment) }
        for message in group.messages { try write(message) }
        let run = try write(group.record.run)
        for message in group.record.messages { try write(checkpoint: message) }
        for deletion in group.record.deletions { try write(deletion) }
        for quarantine in group.record.quarantines { try write(quarantine) }
        for result in group.record.results { try write(result, run: run) }
        if let digest = group.recordDigest {
            try self.run("INSERT OR REPLACE INTO chain (id, record) VALUES (0, ?)", [digest.data])
        }
    }

    mutating func write(_ file: CatalogGroup.File) throws {
        try run(
            """
            INSERT INTO files (path, length, state) VALUES (?, ?, ?)
            ON CONFLICT (path) DO UPDATE SET length = excluded.length, state = excluded.state
            """, [file.path, Int64(file.length), file.state.rawValue])
    }

    private mutating func write(_ segment: CatalogGroup.Segment) throws {
        let place = segment.place
        try run(
            """
            INSERT INTO segments (digest, file, member, inner_offset, length, entry) SELECT ?, ?, ?, ?, ?, ?
            WHERE NOT EXISTS (SELECT 1 FROM segments WHERE \(Digest.isGiven))
            """,
            [
                segment.digest.data, try fileID(place.file), Int64(place.memberOffset), Int64(place.innerOffset),
                Int64(place.length), try entry(of: segment),
            ] + segment.digest.given)
        if database.changesCount > 0 { segmentIDs[segment.digest] = database.lastInsertedRowID }
    }

    private mutating func write(_ message: CatalogGroup.Message) throws {
        var segments: [UInt8] = []
        for digest in message.segments { LEB128.append(UInt64(try segmentID(digest)), to: &segments) }
        let facts = message.facts
        try run(
            """
            INSERT INTO messages
            (digest, size, segments, sender, recipients, cc, subject, message_id, date, received, fingerprint)
            SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM messages WHERE \(Digest.isGiven))
            """,
            [
                message.digest.data, Int64(message.size), Data(segments), facts.from, facts.to, facts.cc,
                facts.subject, facts.messageID, facts.date, facts.received,
                facts.fingerprint.map { Int64(bitPattern: $0.value) },
            ] + message.digest.given)
        guard database.changesCount > 0 else { return }
        let id = database.lastInsertedRowID
        messageIDs[message.digest] = id
        try run(
            "INSERT INTO search (rowid, sender, recipients, cc, subject) VALUES (?, ?, ?, ?, ?)",
            [id, facts.from, facts.to, facts.cc, facts.subject])
    }

    /// Unique-ids are the server's: those of another server or user are forgotten, the messages stay.
    private mutating func write(_ account: GroupRecord.Account) throws {
        for table in ["checkpoints", "deletions", "quarantine"] {
            try run(
                """
                DELETE FROM \(table) WHERE account =
                (SELECT id FROM accounts WHERE name = ? AND (host <> ? OR port <> ? OR user <> ?))
                """, [account.name, account.host, Int64(account.port), account.user])
        }
        try run(
            """
            INSERT INTO accounts (name, host, port, user) VALUES (?, ?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET host = excluded.host, port = excluded.port, user = excluded.user
            """, [account.name, account.host, Int64(account.port), account.user])
    }

    private func write(_ run: GroupRecord.Run) throws -> Int64 {
        try self.run("INSERT OR IGNORE INTO runs (name, started) VALUES (?, ?)", [run.id, run.started])
        return try id("SELECT id FROM runs WHERE name = ?", [run.id], what: "run \(run.id)")
    }

    private mutating func write(checkpoint: GroupRecord.Message) throws {
        let account = try accountID(checkpoint.account)
        let message = try messageID(checkpoint.digest)
        // The name is in use again.
        try run(
            "DELETE FROM deletions WHERE account = ? AND unique_id = ? AND state = 2",
            [account, Data(checkpoint.uniqueID)])
        if checkpoint.isSole {
            try run(
                "DELETE FROM checkpoints WHERE account = ? AND unique_id = ? AND message <> ?",
                [account, Data(checkpoint.uniqueID), message])
        }
        try run(
            """
            INSERT INTO checkpoints (account, unique_id, message, listed, proof) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET listed = excluded.listed, proof = excluded.proof
            """,
            [
                account, Data(checkpoint.uniqueID), message, checkpoint.listedOctets.map { Int64(clamping: $0) },
                checkpoint.proof.rawValue,
            ])
        try run(
            "INSERT OR IGNORE INTO holdings (account, message, path, archived) VALUES (?, ?, ?, ?)",
            [account, message, OwnFile.value(of: checkpoint), checkpoint.archived])
    }

    private mutating func write(_ deletion: GroupRecord.Deletion) throws {
        try run(
            """
            INSERT INTO deletions (account, unique_id, state, time) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET state = excluded.state, time = excluded.time
            """,
            [try accountID(deletion.account), Data(deletion.uniqueID), deletion.state.rawValue, deletion.time])
    }

    private mutating func write(_ quarantine: GroupRecord.Quarantine) throws {
        let account = try accountID(quarantine.account)
        guard let reason = quarantine.reason else {
            return try run(
                "DELETE FROM quarantine WHERE account = ? AND unique_id = ?", [account, Data(quarantine.uniqueID)])
        }
        try run(
            """
            INSERT INTO quarantine (account, unique_id, tries, first, last, reason) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET tries = excluded.tries, last = excluded.last, reason = excluded.reason
            """,
            [account, Data(quarantine.uniqueID), quarantine.tries, quarantine.time, quarantine.time, reason])
    }

    /// Passed over where only a lost record knew the account.
    private mutating func write(_ result: GroupRecord.Result, run: Int64) throws {
        try self.run(
            """
            INSERT OR REPLACE INTO results
            (run, account, listed, already_archived, mapped, archived, duplicates, quarantined, left_behind, deleted,
            octets, saved_octets, seconds, error)
            SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? FROM accounts WHERE name = ?
            """,
            [
                run, result.listed, result.alreadyArchived, result.mapped,
                result.archived, result.duplicates, result.quarantined, result.left, result.deleted,
                Int64(result.octets), Int64(result.savedOctets), result.seconds, result.error, result.account,
            ])
    }

    /// The id of the account whose own message this is, else its path.
    private mutating func entry(of segment: CatalogGroup.Segment) throws -> (any DatabaseValueConvertible)? {
        guard let path = segment.entry else { return nil }
        let folders = path.split(separator: "/")
        guard folders.count == 3, let account = SafeName.name(escaped: folders[1]),
            ArchiveLayout.whole(account: account, segment.digest) == path
        else { return path }
        return try knownAccountID(account) ?? path
    }

    // MARK: - Ids

    private mutating func fileID(_ path: String) throws -> Int64 {
        if let id = fileIDs[path] { return id }
        let id = try id("SELECT id FROM files WHERE path = ?", [path], what: "file \(path)")
        fileIDs[path] = id
        return id
    }

    private mutating func accountID(_ name: String) throws -> Int64 {
        guard let id = try knownAccountID(name) else { throw missing("account \(name)") }
        return id
    }

    private mutating func knownAccountID(_ name: String) throws -> Int64? {
        if let id = accountIDs[name] { return id }
        let statement = try database.cachedStatement(sql: "SELECT id FROM accounts WHERE name = ?")
        let id = try Int64.fetchOne(statement, arguments: [name])
        accountIDs[name] = id
        return id
    }

    private mutating func segmentID(_ digest: Digest) throws -> Int64 {
        if let id = segmentIDs[digest] { return id }
        let id = try id("SELECT id FROM segments WHERE \(Digest.isGiven)", digest.given, what: "segment \(digest)")
        segmentIDs[digest] = id
        return id
    }

    private mutating func messageID(_ digest: Digest) throws -> Int64 {
        if let id = messageIDs[digest] { return id }
        let id = try id("SELECT id FROM messages WHERE \(Digest.isGiven)", digest.given, what: "message \(digest)")
        messageIDs[digest] = id
        return id
    }

    private func id(_ sql: String, _ arguments: StatementArguments, what: String) throws -> Int64 {
        guard let id = try Int64.fetchOne(database.cachedStatement(sql: sql), arguments: arguments) else {
            throw missing(what)
        }
        return id
    }

    private func missing(_ what: String) -> ArchiveError {
        ArchiveError(.damaged, "the catalogue", "\(what) is named but not stored")
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
