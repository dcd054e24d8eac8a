/// Where the password of an account, or its token, comes from. Nothing of it is read or run before a login needs it, but
/// for what a person is asked, before the first of them.
///
/// Its description names the kind only: a command may hold a secret as well as a literal does.
package enum SecretSource: Sendable, Equatable {
    /// `password-command`: run by `sh -c`; the first line it prints is the password.
    case command(String)
    /// `password-file`: absolute path of a file whose first line is the password.
    case file(String)
    /// `password-env`: name of the environment variable that holds the password.
    case environment(String)
    /// `password-credential`: name of a credential that systemd passes; its first line is the password.
    case credential(String)
    /// `password-netrc`: absolute path of a file of netrc(5), which is asked by host and user.
    case netrc(String)
    /// `password-secret-service`: what the freedesktop Secret Service finds the password by; nothing for the attributes of
    /// the account.
    case secretService([String: String])
    /// `password-prompt`: asked for on the terminal.
    case prompt
    /// `password`: the password itself.
    case literal(Secret)
    /// `token-command`: run by `sh -c`; the first line it prints is a token of OAuth 2.0.
    case tokenCommand(String)
    /// `oauth`: tokens of an issuer, by a refresh token that `mailcask login` keeps.
    case oauth(OAuthSettings)
    /// `auth` names a way that takes none.
    case unneeded

    /// Whether it gives a token, which proves who somebody is by other mechanisms than a password does.
    package var isToken: Bool {
        switch self {
        case .tokenCommand, .oauth: true
        default: false
        }
    }
}

extension SecretSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .command: "password-command (hidden)"
        case .file(let path): "password-file \(path)"
        case .environment: "password-env (hidden)"
        case .credential: "password-credential (hidden)"
        case .netrc(let path): "password-netrc \(path)"
        case .secretService: "password-secret-service (hidden)"
        case .prompt: "password-prompt"
        case .literal: "password (hidden)"
        case .tokenCommand: "token-command (hidden)"
        case .oauth: "oauth"
        case .unneeded: "no password"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
