package import Archive
package import GRDB
import Mail

/// Catalog promises quick answers: which unique-ids are archived, where each segment lies, what each run did, and which
/// messages match a search. All of it can be rebuilt from the volumes.
///
/// One process writes it (the holder of the archive's lock); readers never wait for it (SQLite in WAL mode).
package final class Catalog: Sendable {
    package let layout: ArchiveLayout
    package let database: DatabaseQueue

    /// How a catalogue is opened.
    package enum Mode: Sendable { case read, write }

    /// Opens the catalogue of an archive; makes an empty one when writing.
    /// - Throws: `ArchiveError.newerFormat`, `ArchiveError.damaged` (remedy: reindex), `DatabaseError`.
    /// - Parameter path: where the file is, when not at its place in the archive.
    package init(_ layout: ArchiveLayout, _ mode: Mode, path: String? = nil) throws {
        self.layout = layout
        var configuration = Configuration()
        configuration.readonly = mode == .read
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // A commit of the catalogue is durable before the next step relies on it.
            try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -8000; PRAGMA temp_store = 2")
            if mode == .write {
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
            }
        }
        do {
            database = try DatabaseQueue(path: path ?? layout.catalog, configuration: configuration)
            try mode == .write ? Schema.prepare(database, layout) : Schema.check(database, layout)
        } catch let error as DatabaseError where Self.isDamage(error) {
            throw ArchiveError(
                .damaged, layout.catalog,
                "the catalogue cannot be read (\(error.message ?? "no reason given")): "
                    + "`mailcask reindex \(layout.root)` makes it anew from the volumes")
        }
    }

    /// Folds the log into the file and closes it; nothing may be asked afterwards.
    ///
    /// Without a log beside it the file can be read where nothing can be written: by another user, or from a copy.
    package func close() throws {
        try database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            // A reader at this moment keeps the log: then it stays, which only costs the convenience.
            try? database.execute(sql: "PRAGMA journal_mode = DELETE")
        }
        try database.close()
    }

    /// An error in words for people where it is damage that a query came upon; any other as it is.
    package static func explained(_ error: any Error) -> any Error {
        guard let damage = error as? DatabaseError else { return error }
        switch damage.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return ArchiveError(
                .damaged, "catalog.sqlite",
                "the catalogue is damaged (\(damage.message ?? "no reason given")): `mailcask reindex` makes it anew "
                    + "from the volumes")
        default: return error
        }
    }

    /// Whether an error of SQLite says that the file is no good, rather than that the disk is full or busy.
    private static func isDamage(_ error: DatabaseError) -> Bool {
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN, .SQLITE_ERROR: true
        default: false
        }
    }
}
