import GRDB

extension Catalog {
    /// Bounds the pages that each of the two connections keeps in memory.
    package func limitCache(byteCount: Int) throws {
        try database.writeWithoutTransaction { try Self.limitCache($0, byteCount) }
        try lookUp { try Self.limitCache($0, byteCount) }
    }

    /// How many checkpoints an account has, whatever became of them.
    package func checkpointCount(ofAccount name: String) throws -> Int {
        try lookUp { database in
            let statement = try database.cachedStatement(
                sql: "SELECT COUNT(*) FROM checkpoints WHERE account = (SELECT id FROM accounts WHERE name = ?)")
            return try Int.fetchOne(statement, arguments: [name]) ?? 0
        }
    }

    private static func limitCache(_ database: Database, _ byteCount: Int) throws {
        try database.execute(sql: "PRAGMA cache_size = -\(byteCount / 1024)")
    }
}
