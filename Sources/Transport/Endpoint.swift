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
    package let tls: TLSSettings
    /// How to get there.
    package let route: Route

    package init(
        host: String, port: UInt16, security: Security, tls: TLSSettings = TLSSettings(), route: Route = Route()
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.tls = tls
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

    /// Whom the server's certificate must be for (RFC 7817, section 3): the domain where its SRV records tell the rest.
    var expectedName: String { tls.serverName ?? host }
}
