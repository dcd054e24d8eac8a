/// What a server does all the time, as opposed to the faults that its script lets strike at a point.
package struct ServerHabits: Sendable, Equatable {
    /// What one read of the socket brings is taken for whole commands, even where it ends inside one.
    package var takesSegmentsForCommands = false
    /// A command with a space too many is unknown; USER and PASS may hold any.
    package var refusesExtraSpaces = false
    /// Closes the session of a client that says nothing for so long; nil is never.
    package var idleLimitSeconds: Double?
    /// Closes what goes beyond so many connections at once, without a greeting; nil is no limit.
    package var connectionLimit: Int?
    /// Refuses a login with [LOGIN-DELAY] that comes sooner after the last good one, of whatever user.
    package var loginIntervalSeconds: Double?
    /// TLS 1.0 and 1.1 only.
    package var speaksOldTLSOnly = false
    /// TLS 1.2 at most.
    package var speaksNoTLS13 = false
    /// The only ciphers of TLS 1.2 and before, as ciphers(1) lists them; nil is OpenSSL's choice.
    package var ciphers: String?
    /// Clients must show a certificate that this authority has signed: the text of a CA file.
    package var clientAuthorityPEM: String?

    package init() {}
}
