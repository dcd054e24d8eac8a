extension Endpoint {
    /// The way from this machine to a server. It says nothing of who the server is.
    package struct Route: Sendable, Hashable {
        /// What carries the bytes.
        package enum Way: Sendable, Hashable {
            /// A connection to the endpoint's host and port.
            case direct
            /// A connection to what the SRV records of the endpoint's host announce (RFC 6186): of these services the
            /// first that is there.
            case services([Security])
            case proxy(Proxy)
            /// The Unix socket at this path.
            case socket(path: String)
            /// The standard input and output of this command, in which `%h`, `%p` and `%%` are replaced.
            case tunnel(command: String)
        }

        /// Which addresses may be used.
        package enum Family: String, Sendable, Hashable {
            case any
            case ipv4
            case ipv6
        }

        package let way: Way
        /// For connections of this machine, to a proxy as well.
        package let family: Family
        /// The address of this machine to connect from, in digits; `nil` leaves the choice to the system.
        package let sourceAddress: String?

        package init(_ way: Way = .direct, family: Family = .any, sourceAddress: String? = nil) {
            self.way = way
            self.family = family
            self.sourceAddress = sourceAddress
        }
    }

    /// A server that connects on our behalf. It looks up the names; this machine asks for none but its own.
    package struct Proxy: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            /// RFC 1928, with the login of RFC 1929.
            case socks5
            /// The method CONNECT of RFC 9110, section 9.3.6.
            case http
        }

        package let kind: Kind
        package let host: String
        package let port: UInt16
        /// Who logs in; `nil` is nobody. The password comes with each connection.
        package let user: String?

        package init(_ kind: Kind, host: String, port: UInt16, user: String? = nil) {
            self.kind = kind
            self.host = host
            self.port = port
            self.user = user
        }

        var name: String { Endpoint.name(host, port) }
    }
}
