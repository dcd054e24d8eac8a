/// Where to connect to and how to trust it.
package struct Endpoint: Sendable, Hashable {
    /// How TLS comes into a connection.
    package enum Security: Sendable, Hashable {
        /// From the first byte (RFC 8314, section 3).
        case implicit
        /// After STLS (RFC 2595, section 4), by `Connection.startTLS`.
        case startTLS
        /// Never.
        case none
    }

    package let host: String
    package let port: UInt16
    package let security: Security
    /// PEM file of the certificate authorities to trust instead of the system's.
    package let caFile: String?

    package init(host: String, port: UInt16, security: Security, caFile: String?) {
        self.host = host
        self.port = port
        self.security = security
        self.caFile = caFile
    }

    /// `host:port`, an IPv6 address in brackets.
    package var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
