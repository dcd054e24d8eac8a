/// The keys of an account that are about TLS.
extension ManifestChecker {
    mutating func readTrust(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText, into trust: inout TLSFields
    ) {
        switch key {
        case .tlsMin: trust.minimumVersion = choice(entry, source, of: TLSVersion.self)
        case .tlsCiphers: trust.ciphers = ciphers(entry, source)
        case .tlsSecurityLevel: trust.securityLevel = integer(entry, source, in: TLSPolicy.securityLevels)
        case .tlsPin: trust.pins = pins(entry, source)
        case .tlsServerName: trust.serverName = host(entry, source)
        case .caFile: trust.caFile = existingFile(entry, source)
        case .crlFile: trust.crlFile = existingFile(entry, source)
        case .tlsClientCert: trust.clientCertificate = existingFile(entry, source)
        case .tlsClientKey: trust.clientKey = privateFile(entry, source)
        case .tlsClientP12: trust.clientPKCS12 = privateFile(entry, source)
        case .tlsClientPasswordFile: trust.clientPasswordFile = privateFile(entry, source)
        default: preconditionFailure("\(key.rawValue) is not about TLS")
        }
    }

    /// What the keys of a table or a row mean together. Keys from `[defaults]` are told where they stand there.
    mutating func checkTrust(_ fields: AccountFields) {
        guard !isIncomplete else { return }
        let version = fields.trust.minimumVersion ?? defaults?.trust.minimumVersion
        let level = fields.trust.securityLevel ?? defaults?.trust.securityLevel
        if let version, version.value.isOld, level?.value != TLSPolicy.securityLevelOfOldVersions {
            complaints.error(
                version, "tls-min = \"\(version.value.rawValue)\" has no effect at this tls-security-level",
                remedy:
                    "add tls-security-level = \(TLSPolicy.securityLevelOfOldVersions), which also lets weak keys and "
                    + "ciphers in, or delete tls-min")
        }
        if fields.hasClientIdentity {
            checkClientIdentity(fields)
        } else if let defaults {
            checkClientIdentity(defaults)
        }
    }

    private mutating func checkClientIdentity(_ fields: AccountFields) {
        let trust = fields.trust
        if let certificate = trust.clientCertificate, fields.seemsToHave(.tlsClientP12) {
            complaints.error(
                certificate, "there are two certificates of the client",
                remedy: "keep tls-client-p12, or tls-client-cert and tls-client-key")
            return
        }
        if let certificate = trust.clientCertificate, !fields.seemsToHave(.tlsClientKey) {
            complaints.error(
                certificate, "tls-client-cert has no key with it",
                remedy: "add tls-client-key, which may be the same file")
        }
        if let key = trust.clientKey, !fields.seemsToHave(.tlsClientCert) {
            complaints.error(
                key, "tls-client-key has no certificate with it",
                remedy: "add tls-client-cert = \"FILE\", or delete the key")
        }
        if let password = trust.clientPasswordFile, !fields.seemsToHave(.tlsClientKey),
            !fields.seemsToHave(.tlsClientP12)
        {
            complaints.error(
                password, "tls-client-password-file has nothing to open",
                remedy: "add tls-client-key or tls-client-p12, or delete the key")
        }
    }

    private mutating func ciphers(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = line(entry, source) else { return nil }
        guard text.value.contains(where: { !":, ".contains($0) }) else {
            complaints.error(text, "tls-ciphers is empty", remedy: "list ciphers, or delete the key")
            return nil
        }
        guard !text.value.contains("@SECLEVEL") else {
            complaints.error(
                text, "tls-ciphers has a security level in it",
                remedy: "write it as tls-security-level, a key of its own")
            return nil
        }
        return text
    }

    /// One pin or several: in an array, or in a string with spaces, commas or semicolons between them.
    private mutating func pins(_ entry: Entry, _ source: SourceText) -> Located<[KeyPin]>? {
        let before = complaints.count
        var pins: [KeyPin] = []
        if case .array(let array) = entry.node.content {
            for node in array.elements {
                addPins(Entry(key: entry.key, keySpan: entry.keySpan, node: node), source, to: &pins)
            }
        } else {
            addPins(entry, source, to: &pins)
        }
        if complaints.count == before, pins.isEmpty {
            complaints.error(source, entry.node.span, "tls-pin is empty", remedy: "write a pin, or delete the key")
        }
        guard complaints.count == before, !pins.isEmpty else { return nil }
        return Located(value: pins, span: entry.node.span, source: source)
    }

    private mutating func addPins(_ entry: Entry, _ source: SourceText, to pins: inout [KeyPin]) {
        guard let text = line(entry, source) else { return }
        for word in text.value.split(whereSeparator: { " ,;".contains($0) }) {
            if let pin = KeyPin(String(word)) {
                pins.append(pin)
            } else {
                complaints.error(
                    text, "tls-pin: \"\(word.prefix(80))\" is not a pin",
                    remedy: "write \"sha256:\" and 64 hexadecimal digits, or \"sha256//\" and 44 characters of base64; "
                        + "mailcask check prints the server's")
                return
            }
        }
    }

    /// The path of a file that nobody else may read.
    private mutating func privateFile(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let path = existingFile(entry, source) else { return nil }
        if let status = status(of: path.value), status.isRegular, status.mode & 0o077 != 0 {
            complaints.error(
                path, "others than its owner have access to \(path.value), the file of \(entry.key)",
                remedy: "chmod 600 \(path.value)")
            return nil
        }
        return path
    }
}
