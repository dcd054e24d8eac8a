import POP

extension POPClient {
    /// Waits for work that does not concern the server, and says NOOP now and then, since servers close sessions that say
    /// nothing. Nothing may be under way.
    /// - Parameter silence: the longest time without a word.
    /// - Throws: what the work throws, whatever a reply may throw.
    func whileWaiting<Value: Sendable>(
        silence: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (value, failure) = try await outcome(silence: silence, work)
        if let failure { throw failure }
        return value
    }

    /// The same for work whose outcome counts although the session is lost meanwhile.
    /// - Returns: what the work returned, and what ended the session.
    /// - Throws: what the work throws.
    func outcome<Value: Sendable>(
        silence: Duration, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> (value: Value, failure: (any Error)?) {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            var failure: (any Error)?
            while true {
                if failure == nil {
                    group.addTask {
                        try? await Task.sleep(for: silence)
                        return nil
                    }
                }
                if let value = try await group.next() ?? nil { return (value, failure) }
                do { _ = try exchange(.noop) } catch { failure = error }
            }
        }
    }
}
