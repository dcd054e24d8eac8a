import Glibc

/// The keys of an account's route, each by itself.
extension ManifestChecker {
    /// Complains of a key beside another one that excludes it.
    mutating func checkAlternatives(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText, _ fields: AccountFields
    ) {
        let (group, what, names): ([ManifestKeys.Account], String, String) =
            if ManifestKeys.Account.ways.contains(key) {
                (ManifestKeys.Account.ways, "way to the server", "proxy, socket and tunnel-command")
            } else if ManifestKeys.Account.proxySecrets.contains(key) {
                (
                    ManifestKeys.Account.proxySecrets, "source of the proxy's password",
                    "proxy-password-file and proxy-password-env"
                )
            } else if key == .host || key == .domain {
                ([.host, .domain], "name of the server", "host and domain, which finds the host by SRV records")
            } else {
                ([], "", "")
            }
        guard group.contains(where: { fields.given.contains($0) }) else { return }
        // Nobody has looked at the value yet, and it does not matter here.
        source.hide(entry.node.span)
        complaints.error(
            source, entry.keySpan, "there is more than one \(what)", remedy: "keep one of \(names)")
    }

    mutating func readRoute(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText, into route: inout RouteFields
    ) {
        switch key {
        case .proxy: route.way = proxy(entry, source) ?? route.way
        case .socket: route.way = socket(entry, source) ?? route.way
        case .tunnelCommand: route.way = tunnelCommand(entry, source) ?? route.way
        case .proxyPasswordFile, .proxyPasswordEnv:
            route.proxySecret = proxySecret(key, entry, source) ?? route.proxySecret
        case .sourceAddress: route.sourceAddress = sourceAddress(entry, source)
        default: route.family = choice(entry, source, of: AddressFamily.self)
        }
    }

    mutating func domain(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard var text = line(entry, source) else { return nil }
        let name = try? HostName.validated(text.value)
        guard let name, Self.family(of: name) == .any else {
            if text.value.contains("@") { source.hide(text.span) }
            complaints.error(
                text, "the domain is not a valid name",
                remedy: "write what stands behind the \"@\" of its mail addresses, for example domain = \"example.org\""
            )
            return nil
        }
        text.value = name
        return text
    }

    private mutating func proxy(_ entry: Entry, _ source: SourceText) -> Located<Route.Way>? {
        guard let text = line(entry, source) else { return nil }
        if text.value == "none" { return Located(value: .direct, span: text.span, source: source) }
        do {
            return Located(value: .proxy(try ProxyURL.parsed(text.value)), span: text.span, source: source)
        } catch {
            complaints.error(text, error.message, remedy: error.remedy)
            return nil
        }
    }

    private mutating func socket(_ entry: Entry, _ source: SourceText) -> Located<Route.Way>? {
        guard let path = path(entry, source) else { return nil }
        guard path.value.utf8.count <= Route.socketPathByteLimit else {
            complaints.error(
                path, "socket: the path has more than \(Route.socketPathByteLimit) bytes, the most that Linux takes",
                remedy: "make a link to it with a shorter path, and name that")
            return nil
        }
        return Located(value: .socket(path: path.value), span: path.span, source: source)
    }

    private mutating func tunnelCommand(_ entry: Entry, _ source: SourceText) -> Located<Route.Way>? {
        guard let text = string(entry, source) else { return nil }
        guard !text.value.allSatisfy(\.isWhitespace), !text.value.utf8.contains(0) else {
            complaints.error(
                text, "tunnel-command is empty, or has a NUL in it",
                remedy: "write a command such as \"ssh -W %h:%p gateway\", or delete the key")
            return nil
        }
        var pairs = text.value.utf8[...]
        while let percent = pairs.firstIndex(of: UInt8(ascii: "%")) {
            pairs = pairs[pairs.index(after: percent)...]
            guard let next = pairs.popFirst(), [UInt8(ascii: "h"), UInt8(ascii: "p"), UInt8(ascii: "%")].contains(next)
            else {
                complaints.error(
                    text, "tunnel-command has a \"%\" that stands for nothing",
                    remedy: "%h is the host, %p the port, and %% a percent sign")
                return nil
            }
        }
        return Located(value: .tunnel(Secret(text.value)), span: text.span, source: source)
    }

    private mutating func proxySecret(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText
    ) -> Located<SecretSource>? {
        if key == .proxyPasswordFile { return secretFile(entry, source)?.map { .file($0) } }
        guard let text = string(entry, source) else { return nil }
        guard !text.value.isEmpty, Self.isEnvironmentName(text.value) else {
            complaints.error(
                text, "proxy-password-env is not the name of an environment variable",
                remedy: "write the name, not the password: letters, digits and \"_\", not beginning with a digit")
            return nil
        }
        return Located(value: .environment(text.value), span: text.span, source: source)
    }

    private mutating func sourceAddress(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = line(entry, source) else { return nil }
        guard Self.family(of: text.value) != .any else {
            complaints.error(
                text, "source-address is no IP address",
                remedy: "write an address of this machine, for example \"192.0.2.1\" or \"2001:db8::1\"")
            return nil
        }
        return text
    }

    /// The family of an address in digits; `.any` for a name.
    static func family(of host: String) -> AddressFamily {
        var address = in6_addr()
        if inet_pton(AF_INET, host, &address) == 1 { return .ipv4 }
        let bare = host.split(separator: "%", maxSplits: 1).first.map(String.init) ?? host
        return inet_pton(AF_INET6, bare, &address) == 1 ? .ipv6 : .any
    }
}
