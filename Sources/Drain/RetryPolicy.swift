import Manifest

/// Whether an account is tried once more in this run, and when.
///
/// Sessions that brought mail are followed by another after the first delay, however many there are: a connection that
/// breaks every hour must not end a night's work. Those that brought none get so many tries, with doubled waits between.
struct RetryPolicy: Sendable {
    enum Decision: Equatable, Sendable {
        case giveUp
        case again(after: Duration)
    }

    private static let longestDelay: Duration = .seconds(600)
    /// Even a server that gives one message a session comes to an end.
    private static let sessionLimit = 10_000

    private let tryLimit: Int
    private let firstDelay: Duration
    private var triesInVain = 0
    private var sessionCount = 0

    init(_ job: JobSettings) {
        tryLimit = job.retries
        firstDelay = job.retryDelay
    }

    /// Tries in vain so far, and how many there may be.
    var tries: (made: Int, limit: Int) { (triesInVain, tryLimit) }

    /// After a session that failed.
    /// - Parameters:
    ///   - madeProgress: mail became durable in it.
    ///   - jitter: 0..<1, spreads the tries of many accounts.
    mutating func decide(
        _ kind: AccountFailure.Kind, madeProgress: Bool, jitter: Double = .random(in: 0..<1)
    ) -> Decision {
        guard kind == .retry, tryLimit > 0 else { return .giveUp }
        sessionCount += 1
        if madeProgress { triesInVain = 0 } else { triesInVain += 1 }
        guard triesInVain <= tryLimit, sessionCount < Self.sessionLimit else { return .giveUp }
        let doublings = min(max(0, triesInVain - 1), 20)
        let delay = min(firstDelay * (1 << doublings), Self.longestDelay)
        return .again(after: delay * (0.75 + jitter / 2))
    }
}
