/// The mechanisms that are spoken, the strongest first: what shows the password to nobody and is bound to the TLS session,
/// what shows it to nobody, what hides it under TLS alone, what is broken, and what proves no password.
package enum Mechanism: String, Sendable, CaseIterable {
    case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    case scramSHA512 = "SCRAM-SHA-512"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA1 = "SCRAM-SHA-1"
    case gssapi = "GSSAPI"
    case plain = "PLAIN"
    case login = "LOGIN"
    case digestMD5 = "DIGEST-MD5"
    case cramMD5 = "CRAM-MD5"
    case ntlm = "NTLM"
    case oauthBearer = "OAUTHBEARER"
    case xoauth2 = "XOAUTH2"
    case external = "EXTERNAL"
    case anonymous = "ANONYMOUS"

    /// As servers and commands have it.
    package var name: String { rawValue }

    /// Sent over the network as it is, so that only TLS hides it.
    package var showsSecret: Bool {
        switch self {
        case .plain, .login, .oauthBearer, .xoauth2: true
        default: false
        }
    }

    /// Whether the exchange needs a password or a token.
    package var needsSecret: Bool { self != .external && self != .anonymous && self != .gssapi }

    /// What a client takes by itself, of what it is offered: the old ones based on MD5 or MD4, LOGIN, and what needs more than a
    /// password, only when they are named.
    package var isAutomatic: Bool { hash != nil || self == .plain }

    /// The exchange, ready to begin.
    /// - Parameter binding: ties a mechanism with PLUS to the TLS session; others use it to tell whether they could be.
    package func exchange(_ credentials: Credentials, _ binding: ChannelBinding) -> any SASLExchange {
        switch self {
        case .gssapi: GSSAPIExchange(credentials)
        case .plain: PlainExchange(credentials)
        case .login: LoginExchange(credentials)
        case .cramMD5: CRAMExchange(credentials)
        case .digestMD5: DigestExchange(credentials)
        case .ntlm: NTLMExchange(credentials)
        case .oauthBearer, .xoauth2: BearerExchange(self, credentials)
        case .external: NamelessExchange(response: [])
        case .anonymous: NamelessExchange(response: Array(credentials.user.utf8))
        default: ScramExchange(self, hash!, credentials, binding)
        }
    }

    /// Tied to the TLS session.
    package var isBound: Bool { rawValue.hasSuffix("-PLUS") }

    private var hash: ScramHash? {
        switch self {
        case .scramSHA512Plus, .scramSHA512: .sha512
        case .scramSHA256Plus, .scramSHA256: .sha256
        case .scramSHA1Plus, .scramSHA1: .sha1
        default: nil
        }
    }
}

/// How an exchange may be tied to the TLS session that it goes through (RFC 5056).
package enum ChannelBinding: Sendable, Equatable {
    /// There is no TLS, or it is switched off.
    case unsupported
    /// The server offers no mechanism with it.
    case notOffered
    /// The type by its registered name, and what both sides see of the session.
    case bound(type: String, data: [UInt8])
}
