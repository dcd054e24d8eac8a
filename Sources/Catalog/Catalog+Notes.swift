package import Archive
import Foundation
import GRDB

/// What a catalogue says of messages on the servers, one by one, for a comparison with another one. What gets it must
/// not ask the same catalogue.
extension Catalog {
    /// Gives every deletion.
    package func forEachDeletion(
        _ body: (GroupRecord.Account, GroupRecord.Deletion) throws -> Void
    ) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT name, host, port, user, unique_id, state, time FROM deletions
                    JOIN accounts ON accounts.id = account
                    """)
            while let row = try rows.next() {
                let account = GroupRecord.Account(row: row, from: 0)
                try body(account, Self.deletion(row, account.name, from: 4))
            }
        }
    }

    /// Gives everything that is in quarantine, and since when, in seconds since 1970.
    package func forEachQuarantine(
        _ body: (GroupRecord.Account, GroupRecord.Quarantine, _ first: Int64) throws -> Void
    ) throws {
        try database.read { database in
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT name, host, port, user, unique_id, tries, reason, last, first FROM quarantine
                    JOIN accounts ON accounts.id = account
                    """)
            while let row = try rows.next() {
                let account = GroupRecord.Account(row: row, from: 0)
                try body(account, Self.quarantine(row, account.name, from: 4), row[8])
            }
        }
    }

    /// The deletion of the message of a unique-id; `nil` where there was none.
    package func deletion(ofUniqueID uniqueID: [UInt8], account: String) throws -> GroupRecord.Deletion? {
        try note("SELECT unique_id, state, time FROM deletions", uniqueID, account).map {
            Self.deletion($0, account, from: 0)
        }
    }

    /// A unique-id in quarantine; `nil` where it is in none.
    package func quarantine(ofUniqueID uniqueID: [UInt8], account: String) throws -> GroupRecord.Quarantine? {
        try note("SELECT unique_id, tries, reason, last FROM quarantine", uniqueID, account).map {
            Self.quarantine($0, account, from: 0)
        }
    }

    private func note(_ selection: String, _ uniqueID: [UInt8], _ account: String) throws -> Row? {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: "\(selection) WHERE account = (SELECT id FROM accounts WHERE name = ?) AND unique_id = ?")
            return try Row.fetchOne(statement, arguments: [account, Data(uniqueID)])
        }
    }

    private static func deletion(_ row: Row, _ account: String, from index: Int) -> GroupRecord.Deletion {
        GroupRecord.Deletion(
            account: account, uniqueID: Array(row[index] as Data),
            state: GroupRecord.Deletion.State(rawValue: row[index + 1]) ?? .requested, time: row[index + 2])
    }

    private static func quarantine(_ row: Row, _ account: String, from index: Int) -> GroupRecord.Quarantine {
        GroupRecord.Quarantine(
            account: account, uniqueID: Array(row[index] as Data), tries: row[index + 1], reason: row[index + 2],
            time: row[index + 3])
    }
}
