/// Every table and key a manifest may have. The parser knows no other list than this one.
package enum ManifestKeys {
    /// A table, or the top of the file, which has no header.
    package enum Table: String, Sendable, CaseIterable {
        case top = ""
        case archive, job, defaults, account

        /// As it is written: `[archive]`, `[[account]]`; nothing for the top.
        package var title: String {
            switch self {
            case .top: ""
            case .account: "[[account]]"
            default: "[\(rawValue)]"
            }
        }
    }

    /// A key in its table.
    package struct Key: Sendable, Hashable {
        package var table: Table
        package var name: String
    }

    enum Top: String, CaseIterable {
        case accountsCSV = "accounts-csv"
    }

    enum Archive: String, CaseIterable {
        case path, format
        case volumeBytes = "volume-bytes"
        case compression
    }

    enum Job: String, CaseIterable {
        case parallel
        case parallelPerHost = "parallel-per-host"
        case retries
        case retryDelay = "retry-delay"
        case loginInterval = "login-interval"
        case memory
    }

    /// The keys of `[[account]]`, which are also the columns of a CSV file.
    enum Account: String, CaseIterable {
        case name, host, port, domain, tls
        case allowCleartext = "allow-cleartext"
        case caFile = "ca-file"
        case crlFile = "crl-file"
        case tlsMin = "tls-min"
        case tlsCiphers = "tls-ciphers"
        case tlsSecurityLevel = "tls-security-level"
        case tlsPin = "tls-pin"
        case tlsServerName = "tls-server-name"
        case tlsClientCert = "tls-client-cert"
        case tlsClientKey = "tls-client-key"
        case tlsClientP12 = "tls-client-p12"
        case tlsClientPasswordFile = "tls-client-password-file"
        case user
        case passwordCommand = "password-command"
        case passwordFile = "password-file"
        case passwordEnv = "password-env"
        case passwordCredential = "password-credential"
        case passwordNetrc = "password-netrc"
        case passwordSecretService = "password-secret-service"
        case passwordPrompt = "password-prompt"
        case password
        case tokenCommand = "token-command"
        case oauth
        case oauthClientID = "oauth-client-id"
        case oauthClientSecretFile = "oauth-client-secret-file"
        case oauthTokenFile = "oauth-token-file"
        case oauthTokenURL = "oauth-token-url"
        case oauthDeviceURL = "oauth-device-url"
        case oauthScope = "oauth-scope"
        case oauthCAFile = "oauth-ca-file"
        case auth
        case channelBinding = "channel-binding"
        case terminator
        case delete
        case deleteLimit = "delete-limit"
        case connectTimeout = "connect-timeout"
        case replyTimeout = "reply-timeout"
        case loginTimeout = "login-timeout"
        case stallTimeout = "stall-timeout"
        case proxy
        case proxyPasswordFile = "proxy-password-file"
        case proxyPasswordEnv = "proxy-password-env"
        case socket
        case tunnelCommand = "tunnel-command"
        case sourceAddress = "source-address"
        case addressFamily = "address-family"

        static let secrets: [Account] = [
            .passwordCommand, .passwordFile, .passwordEnv, .passwordCredential, .passwordNetrc, .passwordSecretService,
            .passwordPrompt, .password, .tokenCommand, .oauth,
        ]
        /// For remedies.
        static let secretNames =
            secrets.dropLast().map(\.rawValue).joined(separator: ", ") + " and \(secrets.last!.rawValue)"
        static let proxySecrets: [Account] = [.proxyPasswordFile, .proxyPasswordEnv]
        /// What carries a connection in place of the network itself.
        static let ways: [Account] = [.proxy, .socket, .tunnelCommand]

        static let clientIdentity: [Account] = [.tlsClientCert, .tlsClientKey, .tlsClientP12, .tlsClientPasswordFile]

        /// Whether `[defaults]` may hold it: not what tells one account from another, and no secret itself.
        var isDefaultable: Bool { self != .name && self != .user && self != .password }
    }

    /// Every key of every table, in the order in which the manual lists them.
    package static let all: [Key] =
        Top.allCases.map { Key(table: .top, name: $0.rawValue) }
        + Archive.allCases.map { Key(table: .archive, name: $0.rawValue) }
        + Job.allCases.map { Key(table: .job, name: $0.rawValue) }
        + Account.allCases.filter(\.isDefaultable).map { Key(table: .defaults, name: $0.rawValue) }
        + Account.allCases.map { Key(table: .account, name: $0.rawValue) }

    /// The keys of one table; those of the top include the names of the tables.
    static func names(in table: Table) -> [String] {
        let keys = all.filter { $0.table == table }.map(\.name)
        return table == .top ? keys + Table.allCases.filter { $0 != .top }.map(\.rawValue) : keys
    }

    /// Keys whose values may be shown in a diagnostic. Whatever is not in here, misspelt keys included, is masked.
    static let shown: Set<String> = Set(all.map(\.name)).union(names(in: .top))
        .subtracting([
            "password", "password-command", "password-env", "password-credential", "password-netrc",
            "password-secret-service", "password-prompt", "token-command",
            "proxy", "proxy-password-env", "tunnel-command",
        ])
}

extension ManifestKeys {
    /// What other programs call our keys.
    private static let synonyms: [String: Account] = [
        "server": .host, "hostname": .host, "username": .user, "login": .user, "pass": .password, "ssl": .tls,
        "starttls": .tls, "authentication": .auth, "mechanism": .auth, "timeout": .replyTimeout, "cafile": .caFile,
        "passwd": .password, "passwordeval": .passwordCommand, "netrc": .passwordNetrc, "token": .tokenCommand,
        "proxy-password": .proxyPasswordFile, "socks": .proxy, "bind": .sourceAddress, "plugin": .tunnelCommand,
    ]

    /// The key of `table` that an unknown one was probably meant to be.
    static func meant(by key: String, in table: Table) -> String? {
        let known = names(in: table)
        if let synonym = synonyms[key.lowercased()], known.contains(synonym.rawValue) { return synonym.rawValue }
        return EditDistance.nearest(to: key, among: known)
    }

    /// What to do about a key that `table` does not have.
    static func remedy(forUnknown key: String, in table: Table) -> String {
        if let other = all.first(where: { $0.name == key && $0.table != table }) {
            return other.table == .top
                ? "move it to the top of the manifest, before the first table" : "it belongs in \(other.table.title)"
        }
        if let near = meant(by: key, in: table) { return "did you mean \"\(near)\"?" }
        return "there are " + names(in: table).joined(separator: ", ")
    }
}
