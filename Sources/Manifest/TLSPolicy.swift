/// How an account trusts its server under TLS, and shows itself to it.
package struct TLSPolicy: Sendable, Hashable {
    /// The lowest version that may be spoken.
    package var minimumVersion = TLSVersion.tls12
    /// As it is written: names of OpenSSL, looked at when they are first used.
    package var ciphers: String?
    /// In `securityLevels`; `nil` means that of OpenSSL.
    package var securityLevel: Int?
    /// SHA-256 digests of public keys; where there are some, the server's key must be one of them.
    package var pins: [KeyPin] = []
    /// Absolute path of a PEM file with the authorities to trust; `nil` means those of the system.
    package var caFile: String?
    /// Absolute path of a PEM file with revocation lists.
    package var crlFile: String?
    /// Whom the certificate must be for, where that is not the host.
    package var serverName: String?
    package var clientIdentity: ClientIdentity?

    /// The client's own certificate and key, by absolute paths.
    package enum ClientIdentity: Sendable, Hashable {
        case pem(certificate: String, key: String, passwordFile: String?)
        case pkcs12(String, passwordFile: String?)
    }

    package init() {}

    package init(caFile: String?) { self.caFile = caFile }

    /// Those of SSL_CTX_set_security_level(3).
    static let securityLevels = 0...5
    /// OpenSSL speaks TLS 1.0 and 1.1 at this level only: their handshakes are signed with MD5 and SHA-1.
    static let securityLevelOfOldVersions = 0
}

/// A version of TLS.
package enum TLSVersion: String, Sendable, CaseIterable {
    case tls10 = "1.0"
    case tls11 = "1.1"
    case tls12 = "1.2"
    case tls13 = "1.3"

    /// Forbidden by RFC 8996.
    var isOld: Bool { self == .tls10 || self == .tls11 }
}
