package import Archive
package import GRDB
import Glibc
import Mail
import Platform

/// Catalog promises quick answers: which unique-ids are archived, where each segment lies, what each run did, and which
/// messages match a search. All of it can be rebuilt from the volumes.
///
/// One process writes it (the holder of the archive's lock); readers never wait for it (SQLite in WAL mode).
package final class Catalog: Sendable {
    package let layout: ArchiveLayout
    package let database: DatabaseQueue
    /// Answers short questions while the other connection waits for the disk; it sees what is committed.
    private let lookups: DatabaseQueue
    private let mode: Mode
    /// Between which rows the segments of a file lie, once it was asked; see `follow`.
    let segmentRows = Lock<[Int64: ClosedRange<Int64>]?>(nil)
    /// For a writer, which asks for much that is new.
    let absent: AbsentDigests?

    /// Whether most of what is new is known to be so without a look at the file.
    package var tellsAbsence: Bool { absent?.isReady ?? false }

    /// How a catalogue is opened.
    package enum Mode: Sendable { case read, write }

    /// Opens the catalogue of an archive; makes an empty one when writing.
    /// - Throws: `ArchiveError.newerFormat`, `ArchiveError.damaged` (remedy: reindex), `DatabaseError`.
    /// - Parameter path: where the file is, when not at its place in the archive.
    package init(_ layout: ArchiveLayout, _ mode: Mode, path: String? = nil) throws {
        self.layout = layout
        self.mode = mode
        var configuration = Configuration()
        configuration.readonly = mode == .read
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            // A commit of the catalogue is durable before the next step relies on it, and where a log cannot be had too.
            try database.execute(sql: "PRAGMA synchronous = EXTRA; PRAGMA cache_size = -8000; PRAGMA temp_store = 2")
            if mode == .write, !database.configuration.readonly {
                _ = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
                try database.execute(sql: "PRAGMA journal_size_limit = 16777216")
            }
        }
        do {
            let path = path ?? layout.catalog
            database =
                switch mode {
                case .write: try DatabaseQueue(path: path, configuration: configuration)
                case .read: try Self.openForReading(path, configuration)
                }
            switch mode {
            case .read:
                lookups = database
                absent = nil
                try Schema.check(database, layout)
            case .write:
                try Schema.prepare(database, layout)
                // What a run that failed left in the log may be in memory only: the file gets it written, and synced.
                try database.writeWithoutTransaction { try Self.foldLog($0) }
                configuration.readonly = true
                let readOnly = configuration
                lookups = try DatabaseQueue(path: path, configuration: readOnly)
                absent = AbsentDigests { try DatabaseQueue(path: path, configuration: readOnly) }
            }
        } catch let error as DatabaseError where Self.isDamage(error) {
            throw ArchiveError(
                .damaged, layout.catalog,
                "the catalogue cannot be read (\(error.message ?? "no reason given")): "
                    + "`mailcask reindex \(layout.root)` makes it anew from the volumes")
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            throw ArchiveError(
                .library, layout.catalog,
                "the catalogue, or a file beside it, cannot be opened: see that the disk is not full, that you may "
                    + "write its folder, and that enough files may be open (ulimit -n)")
        }
    }

    deinit { absent?.stop() }

    /// SQLite reads a database that is being written only where it may write beside it. Elsewhere, on read-only media or
    /// as another user, a copy is read.
    private static func openForReading(_ path: String, _ configuration: Configuration) throws -> DatabaseQueue {
        guard FileSystem.exists(path) else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "missing") }
        if FileSystem.isWritable(FileSystem.parent(of: path)) {
            return try DatabaseQueue(path: path, configuration: configuration)
        }
        let copy = try FileSystem.makeTemporaryDirectory() + "/catalog.sqlite"
        defer { try? FileSystem.removeTree(FileSystem.parent(of: copy)) }
        for suffix in ["", "-wal"] where FileSystem.exists(path + suffix) {
            try FileSystem.copy(path + suffix, to: copy + suffix)
        }
        let database = try DatabaseQueue(path: copy, configuration: configuration)
        // Once it has been read from, the files stay open and their names can go.
        _ = try database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM sqlite_schema") }
        return database
    }

    /// Asks one question without a transaction around it: the frame of one costs more than the question. A commit that is
    /// on its way to the disk is not waited for, and not seen.
    func lookUp<Answer>(_ question: (Database) throws -> Answer) throws -> Answer {
        try lookups.unsafeRead(question)
    }

    /// Asks for what only a digest's own row can answer; `nil` where there is none.
    func lookUp<Answer>(
        _ digest: Digest, _ question: (Database) throws -> Answer?
    ) throws -> Answer? {
        if let absent, absent.contains(digest) { return nil }
        return try lookUp { database in
            let answer = try question(database)
            if answer == nil { try absent?.noteAbsence(database) }
            return answer
        }
    }

    /// What SQLite finds wrong with the file, read through; `nil` where it is sound.
    package func integrityProblem() throws -> String? {
        do {
            let answer = try database.read { try String.fetchOne($0, sql: "PRAGMA integrity_check(1)") }
            return answer == "ok" ? nil : answer ?? "no answer"
        } catch let error as DatabaseError where Self.isDamage(error) {
            return error.message ?? "no reason given"
        }
    }

    /// From now on a commit waits for no disk: `close` does, once for all of them. For the last ones of a run.
    package func deferSync() throws {
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
    }

    /// Folds the log into the file and closes the catalogue: all commits are durable when this returns, and nothing may
    /// be asked afterwards.
    ///
    /// SQLite folds it in by itself when it closes, but tells nobody of a disk that fails then.
    package func close() throws {
        let folding = Result {
            guard mode == .write else { return }
            absent?.stop()
            try lookups.close()
            try database.writeWithoutTransaction { try Self.foldLog($0) }
        }
        try database.close()
        try folding.get()
    }

    /// What another process reads at this moment stays in the log, which is then not waited for: a commit that waits for
    /// the disk makes those before it durable too.
    private static func foldLog(_ database: Database) throws {
        do {
            let row = try Row.fetchOne(database, sql: "PRAGMA wal_checkpoint(PASSIVE)")
            if let row, row[0] as Int == 0, row[1] as Int == row[2] as Int { return }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {}
        try database.execute(sql: "PRAGMA synchronous = FULL; PRAGMA user_version = \(Schema.version)")
    }

    /// An error in words for people where it is damage that a query came upon, or a disk that fails; any other as it is.
    package static func explained(_ error: any Error) -> any Error {
        let reason: String
        switch error {
        case let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode):
            reason = error.message ?? "no reason given"
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            return FileError(call: .write, path: "catalog.sqlite", errorNumber: ENOSPC)
        case let error as DatabaseError where error.resultCode == .SQLITE_IOERR:
            return FileError(call: .write, path: "catalog.sqlite", errorNumber: EIO)
        case is RowDecodingError: reason = "a column holds what never belonged there"
        default: return error
        }
        return ArchiveError(
            .damaged, "catalog.sqlite",
            "the catalogue is damaged (\(reason)): `mailcask reindex` makes it anew from the volumes")
    }

    /// Whether an error of SQLite says that the file is no good, rather than that the disk is full or busy.
    private static func isDamage(_ error: DatabaseError) -> Bool {
        switch error.resultCode.primaryResultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR: true
        default: false
        }
    }
}
