package import Archive
import Foundation
import GRDB
package import Mail

/// What the catalogue knows of one account's messages on its server.
extension Catalog {
    /// What is known of an account's maildrop, asked at once.
    package func maildropState(of account: GroupRecord.Account) throws -> MaildropState {
        try lookUp { database in
            let accounts = try database.cachedStatement(
                sql: "SELECT id FROM accounts WHERE name = ? AND host = ? AND port = ? AND user = ?")
            let id = try Int64.fetchOne(
                accounts, arguments: [account.name, account.host, Int64(account.port), account.user])
            guard let id else { return MaildropState() }
            var state = MaildropState()
            state.checkpoints = try checkpoints(account: id, database)
            state.requestedDeletions = try pairs(
                "SELECT unique_id, time FROM deletions WHERE state = 1 AND account = ?", id, database)
            state.quarantined = try pairs("SELECT unique_id, tries FROM quarantine WHERE account = ?", id, database)
            return state
        }
    }

    private func checkpoints(account id: Int64, _ database: Database) throws -> Checkpoints {
        var result = Checkpoints()
        let statement = try database.cachedStatement(
            sql: """
                SELECT unique_id, COALESCE(listed, (SELECT size FROM messages WHERE id = message)), proof
                FROM checkpoints WHERE account = ?
                AND NOT EXISTS (SELECT 1 FROM deletions WHERE deletions.account = checkpoints.account
                AND deletions.unique_id = checkpoints.unique_id AND state = 2)
                """)
        let rows = try Row.fetchCursor(statement, arguments: [id])
        while let row = try rows.next() {
            let listed: Int64? = row[1]
            let proof = GroupRecord.Proof(rawValue: row[2]) ?? .header
            try row.withUnsafeData(atIndex: 0) { data in
                let listedOctets = listed.map { UInt64(clamping: $0) }
                (data ?? Data()).withUnsafeBytes { result.add($0, listedOctets: listedOctets, proof: proof) }
            }
        }
        return result
    }

    private func pairs(_ sql: String, _ id: Int64, _ database: Database) throws -> [[UInt8]: Int] {
        var result: [[UInt8]: Int] = [:]
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: [id])
        while let row = try rows.next() { result[Array(row[0] as Data)] = row[1] }
        return result
    }

    /// Whether the account was last drained from another server or for another user.
    package func hasMoved(_ account: GroupRecord.Account) throws -> Bool {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: "SELECT NOT (host = ? AND port = ? AND user = ?) FROM accounts WHERE name = ?")
            return try Bool.fetchOne(
                statement, arguments: [account.host, Int64(account.port), account.user, account.name]) ?? false
        }
    }

    /// The message that a unique-id of an account stands for, and when the account first archived it; `nil` when it
    /// stands for none or several.
    package func archivedMessage(
        uniqueID: [UInt8], account: String
    ) throws -> (digest: Digest, fingerprint: HeaderFingerprint?, archived: Int64)? {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT messages.digest, messages.fingerprint, holdings.archived FROM checkpoints
                    JOIN messages ON messages.id = checkpoints.message
                    JOIN holdings ON holdings.account = checkpoints.account AND holdings.message = checkpoints.message
                    WHERE checkpoints.account = (SELECT id FROM accounts WHERE name = ?) AND unique_id = ? LIMIT 2
                    """)
            let rows = try Row.fetchAll(statement, arguments: [account, Data(uniqueID)])
            guard rows.count == 1, let digest = Digest(data: rows[0][0]) else { return nil }
            let fingerprint = (rows[0][1] as Int64?).map { HeaderFingerprint(value: UInt64(bitPattern: $0)) }
            return (digest, fingerprint, rows[0][2])
        }
    }

    /// What the unique-ids of an account stand for, those left out that stand for several messages.
    /// - Parameter wanted: `nil` is every message.
    package func checkpointedMessages(
        account: String, among wanted: Set<Digest>? = nil
    ) throws -> [[UInt8]: Digest] {
        try lookUp { database in
            var result: [[UInt8]: Digest] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT unique_id, digest FROM checkpoints JOIN messages ON messages.id = message
                    WHERE account = (SELECT id FROM accounts WHERE name = ?) GROUP BY unique_id HAVING COUNT(*) = 1
                    """, arguments: [account])
            while let row = try rows.next() {
                guard let digest = Digest(data: row[1]), wanted?.contains(digest) ?? true else { continue }
                result[Array(row[0] as Data)] = digest
            }
            return result
        }
    }

    /// When an account first archived a message, in seconds since 1970; `nil` when it does not hold it.
    package func archivedTime(of digest: Digest, account: String) throws -> Int64? {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: """
                    SELECT archived FROM holdings
                    WHERE account = (SELECT id FROM accounts WHERE name = ?)
                    AND message = (SELECT id FROM messages WHERE \(Digest.isGiven))
                    """)
            return try Int64.fetchOne(statement, arguments: [account] + digest.given)
        }
    }

    package func holdsMessages(account: String) throws -> Bool {
        try lookUp { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM holdings WHERE account = (SELECT id FROM accounts WHERE name = ?))
                    """, arguments: [account]) ?? false
        }
    }

    /// The messages with certain headers that an account holds.
    package func messages(
        with wanted: Set<HeaderFingerprint>, account: String
    ) throws -> [HeaderFingerprint: [FingerprintedMessage]] {
        try database.read { database in
            var result: [HeaderFingerprint: [FingerprintedMessage]] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT fingerprint, digest, size, path FROM holdings JOIN messages ON messages.id = message
                    WHERE fingerprint IS NOT NULL AND account = (SELECT id FROM accounts WHERE name = ?)
                    """, arguments: [account])
            while let row = try rows.next() {
                let fingerprint = HeaderFingerprint(value: UInt64(bitPattern: row[0] as Int64))
                guard wanted.contains(fingerprint), let digest = Digest(data: row[1]) else { continue }
                result[fingerprint, default: []].append(
                    FingerprintedMessage(
                        digest: digest, size: UInt64(clamping: row[2] as Int64),
                        path: OwnFile.path(row[3], account: account, digest)))
            }
            return result
        }
    }
}

/// What the catalogue knows of a maildrop, for a session with it.
///
/// Unique-ids are the server's: where host, port or user are not those of the last run, nothing is known. Nor is a
/// unique-id whose message was seen to be gone after its deletion: a server may give it to another one.
package struct MaildropState: Sendable {
    package internal(set) var checkpoints = Checkpoints()
    /// Unique-ids whose deletion was requested and not seen to last, with when, in seconds since 1970.
    package internal(set) var requestedDeletions: [[UInt8]: Int] = [:]
    /// Unique-ids in quarantine, with the runs in which they could not be had.
    package internal(set) var quarantined: [[UInt8]: Int] = [:]

    package init() {}
}

/// A message that an account holds, as it is known again by its header.
package struct FingerprintedMessage: Sendable, Equatable {
    package let digest: Digest
    /// In octets, as transmitted.
    package let size: UInt64
    /// The account's file of it.
    package let path: String
}
