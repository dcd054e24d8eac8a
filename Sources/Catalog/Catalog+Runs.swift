package import Archive
import Foundation
import GRDB

/// An account as `status` shows it.
package struct AccountStatus: Sendable {
    package let name: String
    package let host: String
    package let user: String
    /// Messages that the account holds, and their octets as transmitted.
    package let messageCount: Int
    package let octets: UInt64
    /// Unique-ids known to be archived.
    package let checkpointCount: Int
    package let lastRun: String?
    /// When the last run began, in seconds since 1970.
    package let lastRunStarted: Int64?
    package let lastResult: GroupRecord.Result?
    /// Messages that the server would not give; each run asks for them again.
    package internal(set) var quarantined: [QuarantinedMessage] = []
    /// Deletions on the server that no listing has confirmed.
    package internal(set) var unconfirmedDeletionCount = 0
}

/// A message in quarantine.
package struct QuarantinedMessage: Sendable {
    package let uniqueID: [UInt8]
    /// Runs in which it could not be had.
    package let runCount: Int
    /// When that was first so, in seconds since 1970.
    package let first: Int64
    /// In words, the last time.
    package let reason: String
}

/// The last run of an account.
package struct LastRun: Sendable {
    /// As it was then.
    package let account: GroupRecord.Account
    /// Received in it.
    package let octets: UInt64
    package let receivedCount: Int
    /// Messages on the server that it did not archive.
    package let missingCount: Int
    package let seconds: Double
    package let endedWell: Bool

    package init(
        account: GroupRecord.Account, octets: UInt64, receivedCount: Int, missingCount: Int, seconds: Double,
        endedWell: Bool
    ) {
        self.account = account
        self.octets = octets
        self.receivedCount = receivedCount
        self.missingCount = missingCount
        self.seconds = seconds
        self.endedWell = endedWell
    }

    /// What the next run may have to receive, in octets: as much as the last one, and what it left.
    package var expectedOctets: UInt64 {
        let mean = receivedCount > 0 ? octets / UInt64(receivedCount) : 64 << 10
        return octets + mean * UInt64(missingCount)
    }
}

/// What an archive holds as a whole.
package struct ArchiveTotals: Sendable {
    /// Distinct messages, and their octets.
    package let messageCount: Int
    package let octets: UInt64
    package let segmentCount: Int
    /// Octets of all segments: what dedup left.
    package let segmentOctets: UInt64
    /// Bytes of the committed files.
    package let fileBytes: UInt64
    package let fileCount: Int
    package let runCount: Int
}

extension Catalog {
    /// How the last run of each account went: what the schedule of the next one goes by.
    package func lastRuns() throws -> [String: LastRun] {
        try database.read { database in
            var result: [String: LastRun] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT accounts.name, host, port, user, octets, archived + duplicates, quarantined + left_behind,
                    seconds, error IS NULL, MAX(printf('%020d %020d', started, runs.id)) FROM results
                    JOIN accounts ON accounts.id = results.account JOIN runs ON runs.id = results.run
                    GROUP BY results.account
                    """)
            while let row = try rows.next() {
                let name: String = row[0]
                result[name] = LastRun(
                    account: GroupRecord.Account(
                        name: name, host: row[1], port: UInt16(clamping: row[2] as Int64), user: row[3]),
                    octets: UInt64(clamping: row[4] as Int64), receivedCount: row[5], missingCount: row[6],
                    seconds: row[7], endedWell: row[8])
            }
            return result
        }
    }

    /// All accounts, by name.
    package func accountStatuses() throws -> [AccountStatus] {
        try database.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT accounts.name, host, user,
                        (SELECT COUNT(*) FROM holdings WHERE account = accounts.id),
                        (SELECT COALESCE(SUM(size), 0) FROM holdings JOIN messages ON messages.id = message
                            WHERE account = accounts.id),
                        (SELECT COUNT(*) FROM checkpoints WHERE account = accounts.id),
                        runs.name, runs.started, results.*
                    FROM accounts
                    LEFT JOIN results ON results.account = accounts.id
                        AND results.run = (
                            SELECT run FROM results JOIN runs ON runs.id = run WHERE account = accounts.id
                            ORDER BY runs.started DESC, runs.id DESC LIMIT 1)
                    LEFT JOIN runs ON runs.id = results.run
                    ORDER BY accounts.name
                    """)
            let quarantined = try Self.quarantined(database)
            let unconfirmed = try Self.unconfirmedDeletionCounts(database)
            return rows.map { row in
                var status = AccountStatus(
                    name: row[0], host: row[1], user: row[2], messageCount: row[3],
                    octets: UInt64(clamping: row[4] as Int64), checkpointCount: row[5], lastRun: row[6],
                    lastRunStarted: row[7],
                    lastResult: row["run"] as Int64? == nil ? nil : GroupRecord.Result(row: row))
                status.quarantined = quarantined[status.name] ?? []
                status.unconfirmedDeletionCount = unconfirmed[status.name] ?? 0
                return status
            }
        }
    }

    private static func quarantined(_ database: Database) throws -> [String: [QuarantinedMessage]] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT name, unique_id, tries, first, reason FROM quarantine JOIN accounts ON accounts.id = account
                ORDER BY first, unique_id
                """)
        return Dictionary(grouping: rows) { $0[0] as String }.mapValues { rows in
            rows.map {
                QuarantinedMessage(
                    uniqueID: Array($0[1] as Data), runCount: $0[2], first: $0[3], reason: $0[4])
            }
        }
    }

    private static func unconfirmedDeletionCounts(_ database: Database) throws -> [String: Int] {
        let rows = try Row.fetchAll(
            database,
            sql: """
                SELECT name, COUNT(*) FROM deletions JOIN accounts ON accounts.id = account WHERE state = 1
                GROUP BY account
                """)
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0] as String, $0[1] as Int) })
    }

    package func totals() throws -> ArchiveTotals {
        try database.read { database in
            let messages = try Row.fetchOne(database, sql: "SELECT COUNT(*), COALESCE(SUM(size), 0) FROM messages")!
            let segments = try Row.fetchOne(database, sql: "SELECT COUNT(*), COALESCE(SUM(length), 0) FROM segments")!
            let files = try Row.fetchOne(
                database, sql: "SELECT COUNT(*), COALESCE(SUM(length), 0) FROM files WHERE length > 0")!
            let runs = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM runs") ?? 0
            return ArchiveTotals(
                messageCount: messages[0], octets: UInt64(clamping: messages[1] as Int64), segmentCount: segments[0],
                segmentOctets: UInt64(clamping: segments[1] as Int64),
                fileBytes: UInt64(clamping: files[1] as Int64), fileCount: files[0], runCount: runs)
        }
    }
}

extension GroupRecord.Result {
    /// From a row of `results` joined with its account's name.
    init(row: Row) {
        self.init(account: row["name"])
        listed = row["listed"]
        alreadyArchived = row["already_archived"]
        mapped = row["mapped"]
        archived = row["archived"]
        duplicates = row["duplicates"]
        quarantined = row["quarantined"]
        left = row["left_behind"]
        deleted = row["deleted"]
        octets = UInt64(clamping: row["octets"] as Int64)
        savedOctets = UInt64(clamping: row["saved_octets"] as Int64)
        seconds = row["seconds"]
        error = row["error"]
    }
}
