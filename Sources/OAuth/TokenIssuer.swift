package import POP

/// Who issues tokens, and to whom.
package struct TokenIssuer: Sendable, Hashable {
    /// Both `https:`.
    package var tokenURL: String
    /// `nil` where the issuer has no device flow.
    package var deviceURL: String?
    package var scope: String
    package var clientID: String
    /// PEM file of the authorities to trust instead of the system's.
    package var caFile: String?

    package init(tokenURL: String, deviceURL: String?, scope: String, clientID: String, caFile: String? = nil) {
        self.tokenURL = tokenURL
        self.deviceURL = deviceURL
        self.scope = scope
        self.clientID = clientID
        self.caFile = caFile
    }
}

/// What an issuer gave.
package struct TokenGrant: Sendable {
    package let accessToken: SecretBytes
    /// In seconds from now; `nil` where it is not said.
    package let lifetime: Int?
    /// `nil` where the one that was used stays good.
    package let refreshToken: SecretBytes?
}

/// Why there is no token, in words that hold no secret.
package struct TokenError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The issuer does not answer, or has trouble of its own: worth a retry.
        case unreachable
        /// The issuer says no; somebody has to log in again or mend a setting.
        case refused
        /// Nobody has allowed the device yet.
        case pending
        /// The same, and it is asked too often.
        case slowDown
        /// The job was asked to stop.
        case stopped
    }

    package let code: Code
    package let reason: String

    init(_ code: Code, _ reason: String) { (self.code, self.reason) = (code, reason) }

    /// An issuer that gives a token for an hour only.
    package static let withoutRefreshToken = TokenError(
        .refused, "the issuer gave no refresh token: `oauth-scope` may have to ask for one (offline_access)")

    package static let notAllowedInTime = TokenError(.refused, "nobody has allowed it in time")

    /// A refresh token that could not be written.
    package static func unkept(_ reason: String) -> TokenError {
        TokenError(.refused, "the refresh token cannot be kept: \(reason)")
    }

    package var description: String { reason }
}
