/// How much the job does at once, and how patient it is: the table `[job]`.
package struct JobSettings: Sendable, Hashable {
    /// Sessions at the same time, over all hosts.
    package var parallel: Int
    /// Sessions at the same time with one host.
    package var parallelPerHost: Int
    /// Further tries of an account after a failure that may pass, where none of them brings mail: `retries`.
    package var retries: Int
    /// The wait before the first of them; doubled before each of the next: `retry-delay`.
    package var retryDelay: Duration
    /// The least time between the beginnings of two sessions with one host: `login-interval`.
    package var loginInterval: Duration
    /// The most memory that a drain takes, in bytes; `nil` is what `parallel` makes of it: `memory`.
    package var memoryByteLimit: UInt64?

    package init(
        parallel: Int = 8, parallelPerHost: Int = 4, retries: Int = 3, retryDelay: Duration = .seconds(5),
        loginInterval: Duration = .zero, memoryByteLimit: UInt64? = nil
    ) {
        self.parallel = parallel
        self.parallelPerHost = parallelPerHost
        self.retries = retries
        self.retryDelay = retryDelay
        self.loginInterval = loginInterval
        self.memoryByteLimit = memoryByteLimit
    }

    static let range = 1...1024
    static let retryRange = 0...100
    /// With less not even one session at a time is sure to go well.
    static let memoryByteRange: ClosedRange<UInt64> = 48 << 20...1 << 40
}
