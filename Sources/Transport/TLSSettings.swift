/// How a client trusts its server under TLS, and shows itself to it.
package struct TLSSettings: Sendable, Hashable {
    package enum Version: Sendable, Hashable, Comparable {
        case tls10, tls11, tls12, tls13
    }

    /// The client's certificate and key. Its files are read by each connection, and the key is kept no longer.
    package enum ClientIdentity: Sendable, Hashable {
        case pem(certificate: String, key: String, passwordFile: String?)
        case pkcs12(String, passwordFile: String?)
    }

    /// The lowest version that is spoken.
    package var minimumVersion = Version.tls12
    /// Ciphers of TLS 1.2 and before in the words of ciphers(1), suites of TLS 1.3, or both; `nil` means OpenSSL's own.
    package var ciphers: String?
    /// 0 to 5, as SSL_CTX_set_security_level(3) explains them; `nil` means OpenSSL's own.
    package var securityLevel: Int?
    /// PEM file of the certificate authorities to trust instead of the system's.
    package var caFile: String?
    /// PEM file of revocation lists (RFC 5280, section 5).
    package var crlFile: String?
    /// Where there are some, the server's key must be one of them; name, dates and issuer are not asked then.
    package var pins: [PublicKeyPin] = []
    /// What to ask for by SNI and to look for in the certificate instead of the host.
    package var serverName: String?
    package var clientIdentity: ClientIdentity?

    package init() {}

    package init(caFile: String?) { self.caFile = caFile }
}
