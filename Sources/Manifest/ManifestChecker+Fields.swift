/// The keys of an account.
extension ManifestChecker {
    /// What a table or a row says. Every key of it is checked by itself; what they mean together is checked later.
    mutating func readFields(_ table: TableNode, _ source: SourceText, in place: ManifestKeys.Table) -> AccountFields {
        var fields = AccountFields(place: Located(value: (), span: table.span, source: source))
        for entry in table.entries {
            guard let key = ManifestKeys.Account(rawValue: entry.key), place == .account || key.isDefaultable else {
                unknown(entry, source, in: place)
                if let key = ManifestKeys.meant(by: entry.key, in: place).flatMap(ManifestKeys.Account.init) {
                    fields.meant.insert(key)
                }
                continue
            }
            if case .field("") = entry.node.content { continue }
            if ManifestKeys.Account.secrets.contains(key), fields.hasSecret {
                complaints.error(
                    source, entry.keySpan, "there is more than one source of the password",
                    remedy: "keep one of \(ManifestKeys.Account.secretNames)")
            }
            checkAlternatives(key, entry, source, fields)
            fields.given.insert(key)
            switch key {
            case .name: fields.name = name(entry, source)
            case .host: fields.host = host(entry, source)
            case .port: fields.port = port(entry, source)
            case .domain: fields.domain = domain(entry, source)
            case .tls: fields.tls = choice(entry, source, of: TLSMode.self)
            case .allowCleartext: fields.allowCleartext = boolean(entry, source)
            case .caFile, .crlFile, .tlsMin, .tlsCiphers, .tlsSecurityLevel, .tlsPin, .tlsServerName, .tlsClientCert,
                .tlsClientKey, .tlsClientP12, .tlsClientPasswordFile:
                readTrust(key, entry, source, into: &fields.trust)
            case .user: fields.user = user(entry, source)
            case .passwordCommand, .passwordFile, .passwordEnv, .passwordCredential, .passwordNetrc,
                .passwordSecretService, .passwordPrompt, .password, .tokenCommand:
                fields.secret = secret(key, entry, source) ?? fields.secret
            case .oauth, .oauthClientID, .oauthClientSecretFile, .oauthTokenFile, .oauthTokenURL, .oauthDeviceURL,
                .oauthScope, .oauthCAFile:
                readOAuth(key, entry, source, &fields)
            case .auth: fields.authentication = choice(entry, source, of: AuthenticationChoice.self)
            case .channelBinding: fields.channelBinding = choice(entry, source, of: ChannelBindingChoice.self)
            case .terminator: fields.terminator = choice(entry, source, of: Terminator.self)
            case .delete: fields.deletion = deletion(entry, source)
            case .deleteLimit: fields.deletionLimit = integer(entry, source, in: 1...Int(Int32.max))
            case .connectTimeout: fields.connectTimeout = duration(entry, source)
            case .replyTimeout: fields.replyTimeout = duration(entry, source)
            case .loginTimeout: fields.loginTimeout = duration(entry, source)
            case .stallTimeout: fields.stallTimeout = duration(entry, source)
            case .proxy, .proxyPasswordFile, .proxyPasswordEnv, .socket, .tunnelCommand, .sourceAddress,
                .addressFamily:
                readRoute(key, entry, source, into: &fields.route)
            }
        }
        return fields
    }

    private mutating func name(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = string(entry, source) else { return nil }
        guard (1...Account.nameCharacterLimit).contains(text.value.count) else {
            complaints.error(
                text, "the name has \(text.value.count) characters",
                remedy: "give it 1 to \(Account.nameCharacterLimit), or delete it and user@host is the name")
            return nil
        }
        guard !text.value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            complaints.error(text, "the name has a control character in it", remedy: "delete it")
            return nil
        }
        return text
    }

    mutating func host(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard var text = line(entry, source) else { return nil }
        do {
            text.value = try HostName.validated(text.value)
            return text
        } catch {
            // What stands before an "@" may be a password.
            if text.value.contains("@") { source.hide(text.span) }
            complaints.error(text, error.message, remedy: error.remedy)
            return nil
        }
    }

    private mutating func port(_ entry: Entry, _ source: SourceText) -> Located<UInt16>? {
        integer(entry, source, in: 1...65_535).map {
            Located(value: UInt16($0.value), span: $0.span, source: $0.source)
        }
    }

    private mutating func user(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = string(entry, source) else { return nil }
        if text.value.isEmpty {
            complaints.error(text, "the user is empty", remedy: "write the name that logs in")
            return nil
        }
        return isOneLine(text, "the user") ? text : nil
    }

    /// POP sends it in a line, so it can hold neither a line end nor a NUL (RFC 1939, section 3).
    mutating func isOneLine(_ text: Located<String>, _ what: String) -> Bool {
        guard text.value.unicodeScalars.contains(where: { $0 == "\r" || $0 == "\n" || $0 == "\0" }) else { return true }
        complaints.error(
            text, "\(what) has a line end or a NUL in it",
            remedy: "delete it; POP cannot send it, and a server would take what follows for a command")
        return false
    }

    private mutating func deletion(_ entry: Entry, _ source: SourceText) -> Located<DeletionPolicy>? {
        guard let text = line(entry, source) else { return nil }
        guard let policy = DeletionPolicy(text.value) else {
            complaints.error(
                text, "delete cannot be \"\(text.value.prefix(40))\"",
                remedy: "write \"never\", \"archived\", or an age such as \"30 days\"")
            return nil
        }
        return Located(value: policy, span: text.span, source: source)
    }
}
