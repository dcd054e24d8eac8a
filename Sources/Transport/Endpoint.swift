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

    /// Also the name that the server's certificate must have.
    package let host: String
    package let port: UInt16
    package let security: Security
    /// PEM file of the certificate authorities to trust instead of the system's.
    package let caFile: String?
    /// How to get there.
    package let route: Route

    package init(host: String, port: UInt16, security: Security, caFile: String?, route: Route = Route()) {
        self.host = host
        self.port = port
        self.security = security
        self.caFile = caFile
        self.route = route
    }

    /// `host:port`, an IPv6 address in brackets; the domain alone where its SRV records tell the rest.
    package var name: String {
        if case .services = route.way { return host }
        return Self.name(host, port)
    }

    static func name(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
