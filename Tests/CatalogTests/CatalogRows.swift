import Catalog
import Foundation
import GRDB

/// All that a catalogue says, with names in place of ids, so that two catalogues can be compared.
enum CatalogRows {
    static let tables: [String: String] = [
        "files": "SELECT path, length, state FROM files ORDER BY path",
        "accounts": "SELECT name, host, port, user FROM accounts ORDER BY name",
        "runs": "SELECT name, started FROM runs ORDER BY name",
        "chain": "SELECT hex(record) FROM chain",
        "results": """
        SELECT runs.name, accounts.name, listed, already_archived, mapped, archived, duplicates, quarantined,
        left_behind, deleted, octets, saved_octets, seconds, error FROM results JOIN runs ON runs.id = run JOIN accounts ON accounts.id = account
        ORDER BY 1, 2
        """,
        "segments": """
        SELECT hex(digest), path, member, inner_offset, segments.length,
        COALESCE((SELECT name FROM accounts WHERE accounts.id = entry), entry) FROM segments
        JOIN files ON files.id = file ORDER BY 1
        """,
        "messages": """
        SELECT hex(digest), size, sender, recipients, cc, subject, message_id, date, received, fingerprint
        FROM messages ORDER BY 1
        """,
        "holdings": """
        SELECT accounts.name, hex(digest), path, archived FROM holdings
        JOIN accounts ON accounts.id = account JOIN messages ON messages.id = message ORDER BY 1, 2
        """,
        "checkpoints": """
        SELECT accounts.name, hex(unique_id), hex(digest), listed, proof FROM checkpoints
        JOIN accounts ON accounts.id = account JOIN messages ON messages.id = message ORDER BY 1, 2, 3
        """,
        "deletions": """
        SELECT accounts.name, hex(unique_id), state, time FROM deletions
        JOIN accounts ON accounts.id = account ORDER BY 1, 2
        """,
        "quarantine": """
        SELECT accounts.name, hex(unique_id), tries, first, last, reason FROM quarantine
        JOIN accounts ON accounts.id = account ORDER BY 1, 2
        """,
        "search": """
        SELECT hex(digest), search.sender, search.recipients, search.cc, search.subject
        FROM search JOIN messages ON messages.id = search.rowid ORDER BY 1
        """,
    ]

    /// The rows of every table, and each message's segments.
    static func all(_ catalog: Catalog) throws -> [String: [String]] {
        var result: [String: [String]] = [:]
        for (name, sql) in tables {
            result[name] = try catalog.database.read { database in
                try Row.fetchAll(database, sql: sql).map { row in
                    row.databaseValues.map { "\($0)" }.joined(separator: "|")
                }
            }
        }
        result["segments of messages"] = try catalog.allDigests().sorted().map { digest in
            "\(digest): \(try catalog.segments(of: digest) ?? [])"
        }
        return result
    }
}
