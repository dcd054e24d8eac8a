import Manifest
import Transport

extension Endpoint.Route {
    /// The route of an account as connections take it.
    /// - Parameter security: as the account asks for it.
    init(_ account: Account, _ security: Endpoint.Security) {
        let route = account.route
        let way: Way =
            switch route.way {
            case .direct: .direct
            // Where either will do, the one without a command in the clear comes first (RFC 8314, section 5.1).
            case .domain(let tlsMayDiffer): .services(tlsMayDiffer ? [.implicit, .startTLS] : [security])
            case .proxy(let proxy):
                .proxy(
                    Endpoint.Proxy(
                        proxy.kind == .socks5 ? .socks5 : .http, host: proxy.host, port: proxy.port, user: proxy.user))
            case .socket(let path): .socket(path: path)
            case .tunnel(let command): .tunnel(command: command.reveal())
            }
        let family: Family =
            switch route.family {
            case .any: .any
            case .ipv4: .ipv4
            case .ipv6: .ipv6
            }
        self.init(way, family: family, sourceAddress: route.sourceAddress)
    }
}
