import GRDB

extension Catalog {
    /// How long the last run of each account took, in seconds: what the schedule of the next one goes by.
    package func lastSeconds() throws -> [String: Double] {
        try database.read { database in
            var result: [String: Double] = [:]
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT accounts.name, results.seconds, MAX(results.run) FROM results
                    JOIN accounts ON accounts.id = results.account GROUP BY results.account
                    """)
            while let row = try rows.next() { result[row[0]] = row[1] }
            return result
        }
    }
}
