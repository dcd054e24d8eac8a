import Platform

/// Remembers the first request to end.
final class SignalCount: Sendable {
    private let state = Lock<Signals.Request?>(nil)

    var first: Signals.Request? { state.withLock { $0 } }

    /// Notes a request; `true` from the second on.
    func isSecond(_ request: Signals.Request) -> Bool {
        state.withLock {
            if $0 != nil { return true }
            $0 = request
            return false
        }
    }
}
