/// How an account's sessions get to its server. Another way to the same maildrop is no other account.
package struct Route: Sendable, Equatable {
    /// What carries a connection.
    package enum Way: Sendable, Equatable {
        /// The network.
        case direct
        /// The network, to where the SRV records of the account's host say (RFC 6186).
        /// - Parameter tlsMayDiffer: no `tls` is given: whichever of POP3S and POP3 with STLS is announced will do.
        case domain(tlsMayDiffer: Bool)
        /// `proxy`
        case proxy(Proxy)
        /// `socket`: absolute path of a Unix socket.
        case socket(path: String)
        /// `tunnel-command`: run by `sh -c`. It may hold a secret.
        case tunnel(Secret)
    }

    package var way: Way
    package var family: AddressFamily
    /// The address of this machine to connect from, in digits: `source-address`.
    package var sourceAddress: String?

    package init(_ way: Way = .direct, family: AddressFamily = .any, sourceAddress: String? = nil) {
        self.way = way
        self.family = family
        self.sourceAddress = sourceAddress
    }

    /// The most bytes of the path of a Unix socket on Linux.
    static let socketPathByteLimit = 107
}

/// Which addresses may be used: `address-family`.
package enum AddressFamily: String, Sendable, CaseIterable {
    case any, ipv4, ipv6
}

/// A server that connects on an account's behalf, and looks up its host.
package struct Proxy: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case socks5, http
    }

    package var kind: Kind
    package var host: String
    package var port: UInt16
    /// Who logs in to it, and where the password comes from; `nil` is nobody.
    package var user: String?
    package var secret: SecretSource?

    package init(_ kind: Kind, host: String, port: UInt16, user: String? = nil, secret: SecretSource? = nil) {
        self.kind = kind
        self.host = host
        self.port = port
        self.user = user
        self.secret = secret
    }
}
