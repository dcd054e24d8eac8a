/// What a server says of a refusal in brackets: `-ERR [IN-USE] ...` (RFC 2449, section 8; RFC 3206).
package enum ResponseCode: Sendable, Equatable {
    /// The maildrop is locked by another session.
    case inUse
    /// Too soon after the last login.
    case loginDelay
    /// The credentials are wrong, or policy refuses them.
    case authentication
    /// The server is in trouble that will pass.
    case temporary
    /// The server is in trouble that needs its operator.
    case permanent
    /// Anything else, upper-case.
    case other(String)

    /// - Parameter text: what follows the status indicator. `nil` unless it begins with a bracketed code.
    init?(startOf text: [UInt8]) {
        guard text.first == UInt8(ascii: "["), let end = text.prefix(64).firstIndex(of: UInt8(ascii: "]")), end > 1
        else { return nil }
        let name = UntrustedText.escaped(text[1..<end].map(uppercased))
        switch name {
        case "IN-USE": self = .inUse
        case "LOGIN-DELAY": self = .loginDelay
        case "AUTH": self = .authentication
        case "SYS/TEMP": self = .temporary
        case "SYS/PERM": self = .permanent
        case _ where name.hasPrefix("SYS/TEMP/"): self = .temporary
        case _ where name.hasPrefix("SYS/PERM/"): self = .permanent
        default: self = .other(name)
        }
    }
}
