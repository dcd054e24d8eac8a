/// Why an exchange cannot go on, in words that hold no secret.
package struct AuthenticationError: Error, Equatable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The user name or the password cannot be sent by this mechanism.
        case unusableCredentials
        /// What the server says is not in the language of the mechanism, or is weaker than may be accepted.
        case badChallenge
        /// The server did not prove that it knows the password: it may be somebody else.
        case unprovenServer
        /// A library says no.
        case library
    }

    package let code: Code
    package let mechanism: String
    package let reason: String

    init(_ code: Code, _ mechanism: Mechanism, _ reason: String) {
        (self.code, self.mechanism, self.reason) = (code, mechanism.name, reason)
    }

    /// A challenge that is not base64.
    package static func undecodable(_ mechanism: Mechanism) -> AuthenticationError {
        AuthenticationError(.badChallenge, mechanism, "the server's challenge is not base64")
    }

    package var description: String { "\(mechanism): \(reason)" }
}
