/// The keys that say where a password comes from.
extension ManifestChecker {
    mutating func secret(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText
    ) -> Located<SecretSource>? {
        switch key {
        case .passwordFile: return secretFile(entry, source)?.map { .file($0) }
        case .passwordNetrc: return netrc(entry, source)
        case .passwordSecretService: return secretService(entry, source)
        case .passwordPrompt: return prompt(entry, source)
        default: return written(key, entry, source)
        }
    }

    /// A file that only its owner may write to, since others could take the account elsewhere or read what comes of it.
    mutating func secretFile(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let path = existingFile(entry, source) else { return nil }
        guard let status = status(of: path.value), status.isRegular else { return path }
        guard status.mode & 0o022 == 0 else {
            complaints.error(
                path, "others than its owner may write to the password file \(path.value)",
                remedy: "see that the password in it is the right one, and chmod 600 \(path.value)")
            return nil
        }
        if status.mode & 0o077 != 0 {
            complaints.warning(
                path, "others than its owner have access to the password file \(path.value)",
                remedy: "chmod 600 \(path.value)")
        }
        return path
    }

    /// The sources that are a text: a command, a name, or the password itself.
    private mutating func written(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText
    ) -> Located<SecretSource>? {
        guard let text = string(entry, source) else { return nil }
        guard !text.value.isEmpty else {
            complaints.error(text, "\(entry.key) is empty", remedy: "write a value, or delete the key")
            return nil
        }
        switch key {
        case .passwordCommand, .tokenCommand:
            guard !text.value.utf8.contains(0) else {
                complaints.error(text, "\(entry.key) has a NUL in it", remedy: "delete it")
                return nil
            }
            return text.map { key == .tokenCommand ? .tokenCommand($0) : .command($0) }
        case .passwordEnv:
            guard Self.isEnvironmentName(text.value) else {
                complaints.error(
                    text, "password-env is not the name of an environment variable",
                    remedy: "write the name, not the password: letters, digits and \"_\", not beginning with a digit")
                return nil
            }
            return text.map { .environment($0) }
        case .passwordCredential:
            guard Self.isCredentialName(text.value) else {
                complaints.error(
                    text, "password-credential is not the name of a credential",
                    remedy: "write the name that LoadCredential= has in the unit: ASCII without \"/\" and \":\"")
                return nil
            }
            return text.map { .credential($0) }
        default:
            guard isOneLine(text, "the password") else { return nil }
            return text.map { .literal(Secret($0)) }
        }
    }

    static func isEnvironmentName(_ text: String) -> Bool {
        text.utf8.allSatisfy { TOMLByte.isBareKey($0) && $0 != 0x2D } && !TOMLByte.isDigit(text.utf8.first ?? 0x30)
    }

    /// What systemd takes for one (systemd.exec(5)): the name of a file, of printable characters.
    private static func isCredentialName(_ text: String) -> Bool {
        text != "." && text != ".." && text.utf8.count <= 255
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    /// `true` is the file that every program knows.
    private mutating func netrc(_ entry: Entry, _ source: SourceText) -> Located<SecretSource>? {
        var entry = entry
        switch entry.node.content {
        case .boolean(true), .field("true"):
            entry.node = Node(content: .string("~/.netrc"), span: entry.node.span)
        case .string, .field: break
        default:
            complaints.error(
                source, entry.node.span, "password-netrc is neither true nor a path",
                remedy: "write true for ~/.netrc, a path in quotes, or delete the key")
            return nil
        }
        return secretFile(entry, source)?.map { .netrc($0) }
    }

    /// `true` are the attributes that mpop and msmtp use.
    private mutating func secretService(_ entry: Entry, _ source: SourceText) -> Located<SecretSource>? {
        switch entry.node.content {
        case .boolean(true), .field("true"):
            return Located(value: .secretService([:]), span: entry.node.span, source: source)
        case .string, .field: break
        default:
            complaints.error(
                source, entry.node.span, "password-secret-service is neither true nor a string",
                remedy: "write true for host, service and user of the account, or attributes in quotes")
            return nil
        }
        guard let text = line(entry, source) else { return nil }
        var attributes: [String: String] = [:]
        for word in text.value.split(separator: " ") {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2, !pair[0].isEmpty, !pair[0].hasPrefix("-"), attributes[pair[0]] == nil else {
                attributes = [:]
                break
            }
            attributes[pair[0]] = pair[1]
        }
        guard !attributes.isEmpty else {
            complaints.error(
                text, "password-secret-service has something else in it than attributes",
                remedy: "write each once, with its value, and blanks between them: \"service=mail user=ann\"")
            return nil
        }
        return Located(value: .secretService(attributes), span: text.span, source: source)
    }

    private mutating func prompt(_ entry: Entry, _ source: SourceText) -> Located<SecretSource>? {
        guard let isWanted = boolean(entry, source) else { return nil }
        guard isWanted.value else {
            complaints.error(
                isWanted, "password-prompt = false says where no password comes from",
                remedy: "write true, or delete the key")
            return nil
        }
        return Located(value: .prompt, span: isWanted.span, source: source)
    }

    /// A token is not a password: only two mechanisms take one.
    /// - Returns: whether the two fit together.
    mutating func checkToken(_ secret: Located<SecretSource>?, _ auth: Located<AuthenticationChoice>?) {
        guard let secret, secret.value.isToken, let auth, !auth.value.takesToken else { return }
        let key = if case .oauth = secret.value { "oauth" } else { "token-command" }
        complaints.error(
            auth, "\(key) gives a token, which auth = \"\(auth.value.rawValue)\" does not take",
            remedy: "name \"oauthbearer\" or \"xoauth2\", or delete auth and take what the server offers of the two")
    }
}
