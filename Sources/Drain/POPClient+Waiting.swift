import POP

extension POPClient {
    /// Waits for work that does not concern the server, and says NOOP now and then, since servers close sessions that say
    /// nothing. Nothing may be under way.
    /// - Parameter silence: the longest time without a word.
    /// - Throws: what the work throws, whatever a reply may throw.
    func whileWaiting<Value: Sendable>(
        silence: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            while true {
                group.addTask {
                    try? await Task.sleep(for: silence)
                    return nil
                }
                if let value = try await group.next() ?? nil { return value }
                _ = try exchange(.noop)
            }
        }
    }
}
