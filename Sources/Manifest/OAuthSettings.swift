/// Where tokens of OAuth 2.0 come from: the keys that begin with `oauth`.
package struct OAuthSettings: Sendable, Equatable {
    /// Issuers whose addresses are known.
    package enum Provider: String, Sendable, CaseIterable {
        case google, microsoft
        /// One whose addresses the manifest has.
        case other

        var tokenURL: String? {
            switch self {
            case .google: "https://oauth2.googleapis.com/token"
            case .microsoft: "https://login.microsoftonline.com/common/oauth2/v2.0/token"
            case .other: nil
            }
        }

        /// Google lets no device have a mailbox.
        var deviceURL: String? {
            self == .microsoft ? "https://login.microsoftonline.com/common/oauth2/v2.0/devicecode" : nil
        }

        var scope: String? {
            switch self {
            case .google: "https://mail.google.com/"
            case .microsoft: "https://outlook.office.com/POP.AccessAsUser.All offline_access"
            case .other: nil
            }
        }
    }

    package var tokenURL: String
    /// `nil` where the issuer has no device flow.
    package var deviceURL: String?
    /// May be empty.
    package var scope: String
    package var clientID: String
    /// Absolute path of a file whose first line is the client's secret.
    package var clientSecretFile: String?
    /// Absolute path of the file that keeps the refresh token; `nil` is one named after the account in the user's folder.
    package var tokenFile: String?
    /// PEM file of the authorities that the issuer's certificate is checked with, instead of the system's.
    package var caFile: String?
}

/// What the keys of a table say of it.
struct OAuthFields {
    var provider: Located<OAuthSettings.Provider>?
    var tokenURL: Located<String>?
    var deviceURL: Located<String>?
    var scope: Located<String>?
    var clientID: Located<String>?
    var clientSecretFile: Located<String>?
    var tokenFile: Located<String>?
    var caFile: Located<String>?

    /// Completed from `[defaults]`.
    func completed(from defaults: OAuthFields?) -> OAuthFields {
        guard let defaults else { return self }
        var result = self
        result.provider = provider ?? defaults.provider
        result.tokenURL = tokenURL ?? defaults.tokenURL
        result.deviceURL = deviceURL ?? defaults.deviceURL
        result.scope = scope ?? defaults.scope
        result.clientID = clientID ?? defaults.clientID
        result.clientSecretFile = clientSecretFile ?? defaults.clientSecretFile
        result.tokenFile = tokenFile ?? defaults.tokenFile
        result.caFile = caFile ?? defaults.caFile
        return result
    }
}
