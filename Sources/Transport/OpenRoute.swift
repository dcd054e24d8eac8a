import Glibc
import Platform

/// The way to a server, opened as the endpoint's route says: a socket whose other end is the server, or what carries its
/// bytes.
struct OpenRoute {
    /// Connected and non-blocking; owned by whoever opened the route.
    let descriptor: CInt
    /// How TLS comes into the connection: the endpoint's word, or what its domain announces.
    let security: Endpoint.Security
    /// The command at the other end of the socket.
    let tunnel: CommandTunnel?

    private init(_ descriptor: CInt, _ security: Endpoint.Security, _ tunnel: CommandTunnel? = nil) {
        (self.descriptor, self.security, self.tunnel) = (descriptor, security, tunnel)
    }

    /// - Parameters:
    ///   - proxyPassword: lent for the time of the call.
    ///   - ask: asks for SRV records.
    init(
        to endpoint: Endpoint, proxyPassword: UnsafeRawBufferPointer?, deadline: Deadline, stop: EventFlag?,
        askingServices ask: @escaping ServiceLookup.Asking = ServiceLookup.system
    ) throws(TransportError) {
        switch endpoint.route.way {
        case .direct:
            let socket = try Self.connect(Destination(endpoint), deadline, stop)
            self.init(socket, endpoint.security)
        case .services(let services):
            let found = try ServiceLookup.run(endpoint, services, deadline: deadline, stop: stop, ask: ask)
            self.init(try Self.connect(found.records, of: endpoint, deadline, stop), found.security)
        case .proxy(let proxy):
            let socket = try Self.connect(through: proxy, to: endpoint, proxyPassword, deadline, stop)
            self.init(socket, endpoint.security)
        case .socket(let path):
            let socket = try UnixSocket.connect(path, for: endpoint, deadline: deadline, stop: stop)
            self.init(socket, endpoint.security)
        case .tunnel(let command):
            let tunnel: CommandTunnel
            do { tunnel = try CommandTunnel(TunnelCommand.expanded(command, for: endpoint)) } catch {
                throw TransportError(.badRoute, endpoint.name, "the `tunnel-command` cannot be started: \(error)")
            }
            self.init(tunnel.descriptor, endpoint.security, tunnel)
        }
    }

    private static func connect(
        _ destination: Destination, _ deadline: Deadline, _ stop: EventFlag?
    ) throws(TransportError) -> CInt {
        let addresses = try NameLookup.run(destination, deadline: deadline, stop: stop)
        return try ConnectionRace.run(destination, at: addresses, deadline: deadline, stop: stop)
    }

    /// To the first target that answers. Each has its share of the time that is left.
    private static func connect(
        _ records: [ServiceRecord], of endpoint: Endpoint, _ deadline: Deadline, _ stop: EventFlag?
    ) throws(TransportError) -> CInt {
        var failure: TransportError?
        for (index, record) in records.enumerated() {
            let share = Int(deadline.pollMilliseconds) / (records.count - index)
            let limit = Deadline.earlier(deadline, Deadline(after: .milliseconds(share)))
            do throws(TransportError) {
                let target = try Destination(record.target, record.port, .target, of: endpoint)
                return try connect(target, limit, stop)
            } catch {
                if error.code == .stopped || error.code == .badRoute { throw error }
                failure = error
            }
        }
        guard let failure else { preconditionFailure("a service has at least one record") }
        throw failure
    }

    private static func connect(
        through proxy: Endpoint.Proxy, to endpoint: Endpoint, _ password: UnsafeRawBufferPointer?,
        _ deadline: Deadline, _ stop: EventFlag?
    ) throws(TransportError) -> CInt {
        let destination = try Destination(proxy.host, proxy.port, .proxy, of: endpoint)
        let descriptor = try connect(destination, deadline, stop)
        let dialogue = ProxyDialogue(descriptor: descriptor, proxy: destination, deadline: deadline, stop: stop)
        let empty = UnsafeRawBufferPointer(start: nil, count: 0)
        let login = proxy.user.map { ProxyLogin(user: $0, password: password ?? empty) }
        do throws(TransportError) {
            switch proxy.kind {
            case .socks5:
                try dialogue.run(SOCKS5Negotiation(host: endpoint.host, port: endpoint.port, login: login))
            case .http:
                try dialogue.run(HTTPConnectNegotiation(host: endpoint.host, port: endpoint.port, login: login))
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }
}
