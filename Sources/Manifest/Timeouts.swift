/// How long a session may wait for each thing before it gives the account up.
package struct Timeouts: Sendable, Hashable {
    /// For a connection and its TLS handshake: `connect-timeout`.
    package var connect: Duration = .seconds(30)
    /// For the server's first line: `reply-timeout`.
    package var greeting: Duration = .seconds(60)
    /// For the reply to a command: `reply-timeout`.
    package var reply: Duration = .seconds(60)
    /// For the reply to the password, which servers delay on purpose: `login-timeout`.
    package var login: Duration = .seconds(120)
    /// For the next bytes in the middle of a message or listing: `stall-timeout`.
    package var stall: Duration = .seconds(120)

    /// The longest that a session says nothing while the disk is slow: servers close sessions that are silent for a
    /// minute. No key of the manifest.
    package var silence: Duration = .seconds(40)

    package init() {}

    /// The shortest and the longest time-out a manifest may ask for.
    static let range: ClosedRange<Duration> = .milliseconds(1)...(.seconds(86_400))
}
