package import Archive
import GRDB
import Platform

extension Catalog {
    /// Follows a sealed file that was repacked, in one transaction: its segments lie in other members, and it has another
    /// length. Changes nothing where the file is not known with its old length.
    package func follow(_ journal: RepackJournal) throws {
        try database.write { database in
            let file = try Int64.fetchOne(
                database, sql: "SELECT id FROM files WHERE path = ? AND length = ? AND state = ?",
                arguments: [journal.file, Int64(journal.old.length), CatalogGroup.FileState.sealed.rawValue])
            guard let file else { return }
            let rows = try rowsOfFiles(database)[file] ?? 0...0
            try database.execute(sql: "CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
            let insert = try database.makeStatement(sql: "INSERT INTO moved (old, new) VALUES (?, ?)")
            for (old, new) in journal.newOffsets() { try insert.execute(arguments: [Int64(old), Int64(new)]) }
            try database.execute(
                sql: """
                    UPDATE segments SET member = moved.new FROM moved
                    WHERE segments.id BETWEEN ? AND ? AND file = ? AND member = moved.old
                    """, arguments: [rows.lowerBound, rows.upperBound, file])
            try database.execute(
                sql: "UPDATE files SET length = ? WHERE id = ?", arguments: [Int64(journal.new.length), file])
            try database.execute(sql: "DROP TABLE moved")
        }
    }

    /// Between which rows the segments of each file lie, which one reading of all tells. Those of a sealed file stay.
    private func rowsOfFiles(_ database: Database) throws -> [Int64: ClosedRange<Int64>] {
        if let known = segmentRows.withLock({ $0 }) { return known }
        var rows: [Int64: ClosedRange<Int64>] = [:]
        let cursor = try Row.fetchCursor(database, sql: "SELECT id, file FROM segments ORDER BY id")
        while let row = try cursor.next() {
            let (id, file): (Int64, Int64) = (row[0], row[1])
            rows[file] = (rows[file]?.lowerBound ?? id)...id
        }
        segmentRows.withLock { $0 = rows }
        return rows
    }
}
