/// `auth`: how an account logs in.
package enum AuthenticationChoice: String, Sendable, CaseIterable {
    /// The strongest that the server offers.
    case auto
    /// USER and PASS (RFC 1939).
    case user
    case apop
    case scramSHA512Plus = "scram-sha-512-plus"
    case scramSHA256Plus = "scram-sha-256-plus"
    case scramSHA1Plus = "scram-sha-1-plus"
    case scramSHA512 = "scram-sha-512"
    case scramSHA256 = "scram-sha-256"
    case scramSHA1 = "scram-sha-1"
    /// Kerberos.
    case gssapi
    case plain, login
    case digestMD5 = "digest-md5"
    case cramMD5 = "cram-md5"
    /// Version 2.
    case ntlm
    case oauthBearer = "oauthbearer"
    case xoauth2, external, anonymous

    /// Whether a password or token is needed.
    package var needsSecret: Bool { self != .external && self != .anonymous && self != .gssapi }

    /// Whether a token of OAuth 2.0 may stand in place of a password.
    package var takesToken: Bool { self == .auto || self == .oauthBearer || self == .xoauth2 }
}

/// `channel-binding`: what ties SCRAM with PLUS to the TLS session.
package enum ChannelBindingChoice: String, Sendable, CaseIterable {
    /// `tls-exporter` with TLS 1.3, `tls-unique` before.
    case auto
    /// RFC 9266.
    case exporter = "tls-exporter"
    /// RFC 5929, section 3.
    case unique = "tls-unique"
    /// RFC 5929, section 4.
    case serverEndPoint = "tls-server-end-point"
    case off
}
