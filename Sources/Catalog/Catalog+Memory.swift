import GRDB

extension Catalog {
    /// Bounds what is kept in memory.
    /// - Parameters:
    ///   - cache: bytes of pages, for each of the two connections.
    ///   - filter: bytes that tell what the file does not have.
    package func limitMemory(cache: Int, filter: Int) throws {
        try database.writeWithoutTransaction { try Self.limitCache($0, cache) }
        try lookUp { try Self.limitCache($0, cache) }
        absent?.limit(byteCount: filter)
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
