import Archive
import GRDB
import Mail

/// The tables of the catalogue. Digests are 32-byte blobs, times seconds since 1970, lengths bytes.
enum Schema {
    /// Raised when the tables change; a catalogue of another version is rebuilt from the volumes.
    static let version = 4

    static func prepare(_ database: DatabaseQueue, _ layout: ArchiveLayout) throws {
        try database.write { database in
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            if found == 0 {
                try database.execute(sql: tables)
                try database.execute(sql: "PRAGMA user_version = \(version)")
            } else {
                try check(found, layout)
            }
        }
    }

    static func check(_ database: DatabaseQueue, _ layout: ArchiveLayout) throws {
        try check(try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 }, layout)
    }

    private static func check(_ found: Int, _ layout: ArchiveLayout) throws {
        guard found != version else { return }
        if found > version {
            throw ArchiveError(
                .newerFormat(found: found), layout.catalog, "made by a later mailcask: update this one, or reindex")
        }
        guard found == 0 else {
            throw ArchiveError(
                .olderCatalogue, layout.catalog,
                "made by an earlier mailcask: the next drain makes it anew from the volumes, and so does "
                    + "`mailcask reindex \(layout.root)`")
        }
        throw ArchiveError(
            .damaged, layout.catalog, "the catalogue has no tables: `mailcask reindex \(layout.root)` makes it anew")
    }

    private static let tables = """
        -- A file of mail: a volume, or an mbox. `length` is what is committed: bytes behind it do not count. `state` is
        -- 0 while it is appended to, 1 when it is sealed, 2 when it is closed without being sealed; closed with a length
        -- of 0, it was set aside by a repair, or is none of ours.
        CREATE TABLE files (
            id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, length INTEGER NOT NULL, state INTEGER NOT NULL);

        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, host TEXT NOT NULL, port INTEGER NOT NULL,
            user TEXT NOT NULL);

        CREATE TABLE runs (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, started INTEGER NOT NULL);

        -- The SHA-256 of the newest record, which the next one names. One row; none while there is no record.
        CREATE TABLE chain (id INTEGER PRIMARY KEY, record BLOB NOT NULL);

        CREATE TABLE results (
            run INTEGER NOT NULL, account INTEGER NOT NULL, listed INTEGER NOT NULL, already_archived INTEGER NOT NULL,
            mapped INTEGER NOT NULL, archived INTEGER NOT NULL, duplicates INTEGER NOT NULL,
            quarantined INTEGER NOT NULL, left_behind INTEGER NOT NULL, deleted INTEGER NOT NULL,
            octets INTEGER NOT NULL, saved_octets INTEGER NOT NULL, seconds REAL NOT NULL, error TEXT,
            PRIMARY KEY (account, run)) WITHOUT ROWID;

        -- Where a segment lies. `entry` tells the path of the whole message whose bytes these are: the id of the account
        -- whose own it is, else the path; none for a part, and in an mbox.
        CREATE TABLE segments (
            id INTEGER PRIMARY KEY, digest BLOB NOT NULL, file INTEGER NOT NULL, member INTEGER NOT NULL,
            inner_offset INTEGER NOT NULL, length INTEGER NOT NULL, entry);
        CREATE INDEX segments_by_digest ON segments (\(Digest.keyColumn));

        -- `segments` lists segment ids as LEB128 numbers, in the order of the message.
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY, digest BLOB NOT NULL, size INTEGER NOT NULL, segments BLOB NOT NULL,
            sender TEXT NOT NULL, recipients TEXT NOT NULL, cc TEXT NOT NULL, subject TEXT NOT NULL,
            message_id TEXT NOT NULL, date INTEGER, received INTEGER, fingerprint INTEGER);
        CREATE INDEX messages_by_digest ON messages (\(Digest.keyColumn));

        -- Which account holds which message, and where its own file of it is: 0 for its list, 1 for its whole message,
        -- whose paths account and digest tell, else the path.
        CREATE TABLE holdings (
            account INTEGER NOT NULL, message INTEGER NOT NULL, path NOT NULL, archived INTEGER NOT NULL,
            PRIMARY KEY (account, message)) WITHOUT ROWID;
        CREATE INDEX holdings_by_message ON holdings (message);

        -- The durable fact that a unique-id of an account is archived as a message. `listed` is the size that the
        -- server told; `proof` is 0 where the message was received under this name, 1 where its header was compared.
        CREATE TABLE checkpoints (
            account INTEGER NOT NULL, unique_id BLOB NOT NULL, message INTEGER NOT NULL, listed INTEGER,
            proof INTEGER NOT NULL,
            PRIMARY KEY (account, unique_id, message)) WITHOUT ROWID;

        -- What was deleted on the server: `state` is 1 while no listing has confirmed it, then 2.
        CREATE TABLE deletions (
            account INTEGER NOT NULL, unique_id BLOB NOT NULL, state INTEGER NOT NULL, time INTEGER NOT NULL,
            PRIMARY KEY (account, unique_id)) WITHOUT ROWID;

        -- Messages that could not be had: how often, and why the last time.
        CREATE TABLE quarantine (
            account INTEGER NOT NULL, unique_id BLOB NOT NULL, tries INTEGER NOT NULL, first INTEGER NOT NULL,
            last INTEGER NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (account, unique_id)) WITHOUT ROWID;

        CREATE VIRTUAL TABLE search USING fts5(
            sender, recipients, cc, subject, content = 'messages', content_rowid = 'id', columnsize = 0,
            tokenize = 'unicode61 remove_diacritics 2');
        """
}
