/// `[[account]]`, and what its keys mean together.
extension ManifestChecker {
    /// - Parameter mode: the permission bits of the manifest.
    mutating func readAccounts(_ root: TableNode, mode: UInt32) {
        guard let entry = root[ManifestKeys.Table.account.rawValue] else { return }
        var tables: [TableNode] = []
        let before = complaints.count
        switch entry.node.content {
        case .array(let array):
            for node in array.elements {
                if case .table(let table) = node.content {
                    if table.origin == .inline { table.span = node.span }
                    tables.append(table)
                } else {
                    complaints.error(
                        source, node.span, "an account is \(node.kind), not a table",
                        remedy: "write [[account]] in a line of its own and its keys below")
                }
            }
        case .table(let table):
            complaints.error(
                source, entry.keySpan, "account is a list of tables", remedy: "write [[account]], with double brackets")
            tables.append(table)
        default:
            complaints.error(
                source, entry.node.span, "account is \(entry.node.kind), not a list of tables",
                remedy: "write [[account]] in a line of its own and its keys below")
        }
        if complaints.count > before { hasAccounts = true }
        var firstLiteral: Located<SecretSource>?
        for table in tables {
            let fields = readFields(table, source, in: .account)
            if firstLiteral == nil, case .literal? = fields.secret?.value { firstLiteral = fields.secret }
            settle(fields)
        }
        warnOfMode(mode, literal: firstLiteral)
    }

    /// Warns when others may read a file with passwords in it.
    mutating func warnOfMode(_ mode: UInt32, literal: Located<SecretSource>?) {
        guard let literal, mode & 0o077 != 0 else { return }
        complaints.warning(
            literal, "the file holds passwords, and others than its owner have access to it",
            remedy: "chmod 600 \(literal.source.name), or use password-command or password-file")
    }

    /// Completes an account from `[defaults]`, checks it as a whole and adds it to the list.
    mutating func settle(_ fields: AccountFields) {
        hasAccounts = true
        let site = site(of: fields)
        let tls = fields.tls ?? (fields.given.contains(.tls) ? nil : defaults?.tls)
        let allow = fields.given.contains(.allowCleartext) ? fields.allowCleartext : defaults?.allowCleartext
        let authentication = fields.authentication ?? (fields.given.contains(.auth) ? nil : defaults?.authentication)
        let needsSecret = authentication?.value.needsSecret ?? true
        var secret = fields.hasSecret ? fields.secret : defaults?.secret
        if secret?.value == .unneeded { secret = oauthSource(fields.oauth) }
        checkMissing(fields, needsSecret: needsSecret)
        checkTrust(fields)
        if needsSecret || fields.hasSecret { checkToken(secret, authentication) }
        if let tls, tls.value == .none, allow?.value != true, !isIncomplete {
            complaints.error(
                tls, "tls = \"none\" sends the password in the clear",
                remedy: "use \"implicit\" or \"stls\", or add allow-cleartext = true")
        }
        let mode = tls?.value ?? .implicit
        let port = site.isDomain ? mode.defaultPort : fields.port?.value ?? defaults?.port?.value ?? mode.defaultPort
        guard let host = site.name, let user = fields.user else { return }
        let route = route(of: fields, to: site, tls: tls?.value)
        warnOfRecent(user)

        let standard =
            user.value.lowercased().hasSuffix("@" + host.value.lowercased())
            ? user.value : user.value + "@" + host.value
        let name = fields.name?.value ?? standard
        if isUnique(fields, host: host.value, port: port, user: user, name: name), secret != nil || !needsSecret {
            accounts.append(
                Account(
                    name: name, host: host.value, port: port, tls: mode, allowCleartext: allow?.value ?? false,
                    tlsPolicy: fields.tlsPolicy(defaults: defaults), user: user.value,
                    secret: needsSecret ? secret!.value : .unneeded, authentication: authentication?.value ?? .auto,
                    channelBinding: (fields.channelBinding ?? defaults?.channelBinding)?.value ?? .auto,
                    terminator: (fields.terminator ?? defaults?.terminator)?.value ?? .crlf,
                    timeouts: fields.timeouts(defaults: defaults),
                    deletion: (fields.deletion ?? defaults?.deletion)?.value ?? .never,
                    deletionLimit: (fields.deletionLimit ?? defaults?.deletionLimit)?.value, route: route,
                    location: fields.place.location))
        }
    }

    /// Gmail shows such a user the mail of the last 30 days, fetched before or not.
    private mutating func warnOfRecent(_ user: Located<String>) {
        guard user.value.lowercased().hasPrefix("recent:") else { return }
        complaints.warning(
            user, "the server shows this user the last 30 days only, so the account is never drained in full",
            remedy: "leave out \"recent:\" to fetch all mail")
    }

    private mutating func checkMissing(_ fields: AccountFields, needsSecret: Bool) {
        guard !isIncomplete else { return }
        if !fields.seemsToHaveSite, defaults?.seemsToHaveSite != true {
            complaints.error(fields.place, "the account has no host", remedy: "add host = \"pop.example.org\"")
        }
        if !fields.seemsToHave(.user) {
            complaints.error(fields.place, "the account has no user", remedy: "add user = \"NAME\"")
        }
        if needsSecret, !fields.seemsToHaveSecret, defaults?.seemsToHaveSecret != true {
            complaints.error(
                fields.place, "the account has no password",
                remedy: "add one of \(ManifestKeys.Account.secretNames)")
        }
    }

    private mutating func isUnique(
        _ fields: AccountFields, host: String, port: UInt16, user: Located<String>, name: String
    ) -> Bool {
        let here = fields.place.location
        if let first = register.enter(host: host, port: port, user: user.value, at: here) {
            complaints.error(
                user, "user \(user.value) at \(host), port \(port), stands twice, first at \(first)",
                remedy: "keep one of the two accounts")
            return false
        }
        // A name of its own is wrong where it stands; a standard one clashes where the user stands.
        let place = fields.name ?? user
        if let first = register.enter(name: name, at: here) {
            complaints.error(
                place, "two accounts are named \"\(name)\", the first at \(first)",
                remedy: "give each account a name of its own with the key name")
            return false
        }
        if fields.name == nil, name.count > Account.nameCharacterLimit {
            complaints.error(
                user, "the name \(name.prefix(40))... has \(name.count) characters",
                remedy: "give the account a name of at most \(Account.nameCharacterLimit) with the key name")
            return false
        }
        guard fields.name != nil || !fields.given.contains(.name) else { return false }
        if fields.name == nil, name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            complaints.error(
                user, "the user has a control character in it", remedy: "give the account a name with the key name")
            return false
        }
        return true
    }
}
