package import Archive
import GRDB

extension Catalog {
    /// Follows a sealed file that was repacked, in one transaction: its segments lie in other members, and it has another
    /// length. Changes nothing where the file is not known with its old length.
    package func follow(_ journal: RepackJournal) throws {
        try database.write { database in
            let file = try Int64.fetchOne(
                database, sql: "SELECT id FROM files WHERE path = ? AND length = ? AND state = ?",
                arguments: [journal.file, Int64(journal.old.length), CatalogGroup.FileState.sealed.rawValue])
            guard let file else { return }
            try database.execute(sql: "CREATE TEMP TABLE moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)")
            let insert = try database.makeStatement(sql: "INSERT INTO moved (old, new) VALUES (?, ?)")
            for (old, new) in journal.newOffsets() { try insert.execute(arguments: [Int64(old), Int64(new)]) }
            try database.execute(
                sql: """
                    UPDATE segments SET member = moved.new FROM moved WHERE file = ? AND member = moved.old
                    """, arguments: [file])
            try database.execute(
                sql: "UPDATE files SET length = ? WHERE id = ?", arguments: [Int64(journal.new.length), file])
            try database.execute(sql: "DROP TABLE moved")
        }
    }
}
