/// Where the password of an account comes from. Nothing of it is read or run before a login needs it.
///
/// Its description names the kind only: a command may hold a secret as well as a literal does.
package enum SecretSource: Sendable, Equatable {
    /// `password-command`: run by `sh -c`; the first line it prints is the password.
    case command(String)
    /// `password-file`: absolute path of a file whose first line is the password.
    case file(String)
    /// `password-env`: name of the environment variable that holds the password.
    case environment(String)
    /// `password`: the password itself.
    case literal(Secret)
    /// `auth` names a way that takes none.
    case unneeded
}

extension SecretSource: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .command: "password-command (hidden)"
        case .file(let path): "password-file \(path)"
        case .environment: "password-env (hidden)"
        case .literal: "password (hidden)"
        case .unneeded: "no password"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
