import Glibc

/// A host and port to connect to on the way to a server, and the words for what goes wrong there.
struct Destination: Sendable {
    /// What it is to the account.
    enum Role: Sendable {
        case server
        case proxy
        /// What an SRV record of the account's domain names.
        case target
    }

    let host: String
    let port: UInt16
    let role: Role
    /// The account's server, as errors name it.
    let peer: String
    let family: Endpoint.Route.Family
    /// The end of the connections on this machine; `nil` where the system chooses.
    let source: Address?
    private let sourceText: String?

    /// - Throws: `.badRoute` where the source address is none.
    init(_ host: String, _ port: UInt16, _ role: Role, of endpoint: Endpoint) throws(TransportError) {
        (self.host, self.port, self.role, peer) = (host, port, role, endpoint.name)
        sourceText = endpoint.route.sourceAddress
        guard let text = sourceText else {
            (source, family) = (nil, endpoint.route.family)
            return
        }
        guard let address = Address.numeric(text, 0, endpoint.route.family) else {
            throw TransportError(
                .badRoute, endpoint.name, "the `source-address` \(text) is no address that `address-family` allows")
        }
        source = address
        family = address.family == AF_INET6 ? .ipv6 : .ipv4
    }

    /// The server itself.
    init(_ endpoint: Endpoint) throws(TransportError) {
        try self.init(endpoint.host, endpoint.port, .server, of: endpoint)
    }
}

extension Destination {
    /// An error of this step of the way.
    func error(_ code: TransportError.Code, _ message: String) -> TransportError {
        let name = Endpoint.name(host, port)
        switch role {
        case .server: return TransportError(code, peer, message)
        case .proxy: return TransportError(code, peer, "the proxy \(name): \(message)")
        case .target: return TransportError(code, peer, "\(name), which an SRV record names: \(message)")
        }
    }

    func nameServiceFailed(_ reason: String) -> TransportError {
        error(.nameServiceFailed, "the name service does not answer (\(reason)): try again later")
    }

    func notFound(_ reason: String) -> TransportError {
        let remedy =
            switch role {
            case .server: "check `host` in the manifest"
            case .proxy: "check `proxy` in the manifest"
            case .target: "tell the operator of the domain, or set `host` in place of `domain`"
            }
        let limit =
            switch family {
            case .any: ""
            case .ipv4: " for IPv4, the only family that may be used"
            case .ipv6: " for IPv6, the only family that may be used"
            }
        return error(.nameNotFound, "no such host\(limit) (\(reason)): \(remedy)")
    }

    func cannotBind(_ errorNumber: CInt) -> TransportError {
        let reason = String(cString: strerror(errorNumber))
        return error(
            .badRoute,
            "cannot connect from the `source-address` \(sourceText ?? "") (\(reason)): is it one of this machine's?")
    }

    func cannotConnect(_ errorNumber: CInt) -> TransportError {
        let remedy =
            switch role {
            case _ where errorNumber != ECONNREFUSED: ""
            case .server: ": is the server running, and is `port` right?"
            case .proxy: ": is it running, and is its port in `proxy` right?"
            case .target: ": is the server running?"
            }
        return error(.connectFailed, "cannot connect (\(String(cString: strerror(errorNumber))))\(remedy)")
    }

    func timedOut() -> TransportError {
        error(
            .timedOut(.connect),
            "no answer to the connection attempt: host down or filtered? `connect-timeout` bounds the wait")
    }
}
