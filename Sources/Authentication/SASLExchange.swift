package import POP

/// The client's side of one exchange of a mechanism (RFC 4422, section 3).
package protocol SASLExchange {
    /// What goes out with the command; `nil` where the server speaks first.
    mutating func begin() throws(AuthenticationError) -> SecretBytes?

    /// The answer to a challenge.
    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes

    /// Called when the server has accepted.
    /// - Throws: where the server should have proved itself first, and did not.
    func finish() throws(AuthenticationError)

    /// What the server said of a refusal inside the exchange, escaped.
    var refusal: String? { get }
}

extension SASLExchange {
    package func finish() throws(AuthenticationError) {}
    package var refusal: String? { nil }
}

/// Who logs in, where, and with what.
package struct Credentials: Sendable {
    package let user: String
    /// A password, or the token of XOAUTH2 and OAUTHBEARER; nothing for a mechanism that needs none.
    package let secret: SecretBytes
    package let host: String
    package let port: UInt16

    package init(user: String, secret: SecretBytes, host: String, port: UInt16) {
        (self.user, self.secret, self.host, self.port) = (user, secret, host, port)
    }
}
