/// What the keys of an account's route mean together, and with those of `[defaults]`.
extension ManifestChecker {
    /// What the account calls its server: an own host or domain, or that of `[defaults]`.
    func site(of fields: AccountFields) -> Site {
        for level in [fields, defaults].compactMap({ $0 }) {
            if level.given.contains(.host) { return Site(name: level.host, isDomain: false) }
            if level.given.contains(.domain) { return Site(name: level.domain, isDomain: true) }
        }
        return Site(name: nil, isDomain: false)
    }

    /// The route of an account. Where its keys do not fit together there is a complaint.
    /// - Parameter tls: as it was given.
    mutating func route(of fields: AccountFields, to site: Site, tls: TLSMode?) -> Route {
        let hasOwnWay = ManifestKeys.Account.ways.contains { fields.given.contains($0) }
        let way = hasOwnWay ? fields.route.way : defaults?.route.way
        var route = Route(
            way?.value ?? .direct, family: (fields.route.family ?? defaults?.route.family)?.value ?? .any,
            sourceAddress: (fields.route.sourceAddress ?? defaults?.route.sourceAddress)?.value)
        if case .proxy(var proxy) = route.way {
            addSecret(to: &proxy, at: way, isOwnWay: hasOwnWay, fields)
            route.way = .proxy(proxy)
        } else {
            checkIdle(fields.route.proxySecret)
        }
        checkAddresses(of: &route, way, isOwnWay: hasOwnWay, fields)
        if site.isDomain {
            checkDomain(site, way, fields)
            route.way = .domain(tlsMayDiffer: tls == nil)
        } else if route.way == .direct, let name = site.name {
            let family = Self.family(of: name.value)
            if family != .any, route.family != .any, family != route.family {
                complaints.error(
                    name, "the host is an address of another family than address-family allows",
                    remedy: "delete address-family, or give the host another address or its name")
            }
        }
        return route
    }

    /// A password of `[defaults]` is for the proxies that have a user.
    private mutating func addSecret(
        to proxy: inout Proxy, at way: Located<Route.Way>?, isOwnWay: Bool, _ fields: AccountFields
    ) {
        guard proxy.user != nil else {
            return checkIdle(fields.route.proxySecret ?? (isOwnWay ? nil : defaults?.route.proxySecret))
        }
        let hasOwn = ManifestKeys.Account.proxySecrets.contains { fields.given.contains($0) }
        proxy.secret = (hasOwn ? fields.route.proxySecret : defaults?.route.proxySecret)?.value
        let isNamed = [fields, defaults].compactMap { $0 }.contains { level in
            ManifestKeys.Account.proxySecrets.contains { level.seemsToHave($0) }
        }
        if !isNamed, let way {
            complaints.error(
                way, "the user of the proxy has no password", remedy: "add proxy-password-file or proxy-password-env")
        }
    }

    private mutating func checkIdle(_ secret: Located<SecretSource>?) {
        guard let secret else { return }
        complaints.error(
            secret, "there is a password for a proxy, and no user of one",
            remedy: "write the user into proxy, as in \"socks5://USER@HOST:PORT\", or delete the password")
    }

    private mutating func checkAddresses(
        of route: inout Route, _ way: Located<Route.Way>?, isOwnWay: Bool, _ fields: AccountFields
    ) {
        let address = fields.route.sourceAddress ?? defaults?.route.sourceAddress
        let family = fields.route.family ?? defaults?.route.family
        switch route.way {
        case .socket, .tunnel:
            let key: String = if case .socket = route.way { "socket" } else { "tunnel-command" }
            // Those of [defaults] are for the accounts that go by the network.
            if let own = isOwnWay ? fields.route.sourceAddress : address {
                complaints.error(
                    own, "source-address cannot be used with \(key)", remedy: "delete one of the two")
            }
            if let own = isOwnWay ? fields.route.family : family, own.value != .any {
                complaints.error(
                    own, "address-family cannot be used with \(key)", remedy: "delete one of the two")
            }
            (route.family, route.sourceAddress) = (.any, nil)
        case .direct, .domain, .proxy:
            guard let address, let family, family.value != .any else { return }
            if Self.family(of: address.value) != family.value {
                complaints.error(
                    address, "source-address is of another family than address-family allows",
                    remedy: "delete one of the two")
            }
        }
    }

    private mutating func checkDomain(_ site: Site, _ way: Located<Route.Way>?, _ fields: AccountFields) {
        if let port = fields.port {
            complaints.error(
                port, "port cannot be used with domain, whose SRV records tell it",
                remedy: "delete one of the two, or give host in place of domain")
        }
        guard let name = site.name, let way, way.value != .direct else { return }
        let key =
            switch way.value {
            case .proxy: "proxy"
            case .socket: "socket"
            default: "tunnel-command"
            }
        complaints.error(
            fields.given.contains(.domain) ? name : Located(value: "", span: way.span, source: way.source),
            "domain cannot be used with \(key)",
            remedy: "give host in place of domain, as its SRV records would be asked for past the \(key)")
    }
}
