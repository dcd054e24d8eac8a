/// Writes accounts as a manifest.
package struct ManifestText {
    /// What a literal password becomes in the manifest.
    package enum Passwords: Sendable {
        /// Nothing: a comment asks for it.
        case leftOut
        /// A file for each, at this path with a number behind it.
        case files(prefix: String)
    }

    private let passwords: Passwords
    package private(set) var text: String
    /// The files that are to be written with permissions 0600.
    package private(set) var passwordFiles: [(path: String, password: String)] = []

    /// - Parameters:
    ///   - configuration: the path that the accounts come from.
    ///   - archive: absolute.
    package init(
        _ accounts: [ForeignAccount], of tool: ForeignTool, configuration: String, archive: String,
        passwords: Passwords
    ) {
        self.passwords = passwords
        text = "# From \(tool.rawValue)'s configuration, \(Self.comment(configuration)).\n[archive]\n"
        add("path", archive)
        for account in accounts { add(account, tool) }
    }

    private mutating func add(_ account: ForeignAccount, _ tool: ForeignTool) {
        text += "\n[[account]]\n"
        add("name", account.name)
        add("host", account.host)
        if let port = account.port { text += "port = \(port)\n" }
        add("tls", account.tls.rawValue)
        if let file = account.caFile { add("ca-file", file) }
        if let file = account.crlFile { add("crl-file", file) }
        if let name = account.serverName { add("tls-server-name", name) }
        if let file = account.clientCertificateFile { add("tls-client-cert", file) }
        if let file = account.clientKeyFile { add("tls-client-key", file) }
        add("user", account.user)
        switch account.secret {
        case .command(let command): add("password-command", command)
        case .file(let path): add("password-file", path)
        case .literal(let password): addLiteral(password, account)
        case .netrc(nil): text += "password-netrc = true\n"
        case .netrc(let path?): add("password-netrc", path)
        case nil: text += Self.unsaid(tool)
        }
        if let auth = account.auth { add("auth", auth) }
        if let seconds = account.replyTimeoutSeconds, (1...86_400).contains(seconds) {
            text += "reply-timeout = \"\(seconds) s\"\n"
        }
        // Of these, a manifest takes one.
        if let socket = account.socket {
            add("socket", socket)
        } else if let command = account.tunnelCommand {
            add("tunnel-command", command)
        } else if let proxy = account.proxy {
            add("proxy", proxy)
        }
        if let address = account.sourceAddress { add("source-address", address) }
        if account.deletes {
            text += "# \(tool.rawValue) deletes what it has fetched; \"archived\" does so once the copy is proved\n"
        }
        text += "delete = \"never\"\n"
    }

    /// Where the program looks for a password that its configuration does not say.
    private static func unsaid(_ tool: ForeignTool) -> String {
        switch tool {
        case .mpop:
            "# mpop looks in the keyring and in ~/.netrc, and asks: give password-secret-service = true,\n"
                + "# password-netrc = true or password-prompt = true\n"
        case .fetchmail:
            "# fetchmail looks in ~/.netrc, and asks: give password-netrc = true or password-prompt = true\n"
        case .getmail: "# getmail asks for the password: give password-prompt = true, or password-command\n"
        }
    }

    private mutating func addLiteral(_ password: String, _ account: ForeignAccount) {
        switch passwords {
        case .leftOut:
            text += "# the password stands near line \(account.line) of that file: give password-file or another\n"
        case .files(let prefix):
            let path = "\(prefix).password-\(passwordFiles.count + 1)"
            passwordFiles.append((path, password))
            add("password-file", path)
        }
    }

    private mutating func add(_ key: String, _ value: String) { text += "\(key) = \(Self.quoted(value))\n" }

    /// A basic string of TOML.
    static func quoted(_ value: String) -> String {
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// Without what would end the comment.
    private static func comment(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : Character($0) })
    }
}
