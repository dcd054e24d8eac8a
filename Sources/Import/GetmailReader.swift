/// Reads the configuration of getmail6: one retriever, one destination, and options.
struct GetmailReader {
    /// Keys that have no counterpart, by `section.key`, and why that is no loss, or what to do.
    private static let foreign: [String: String] = [
        "retriever.ssl_fingerprints": "tls-pin is another one, of the key: `mailcask check` shows it",
        "retriever.ssl_version": "OpenSSL's defaults hold; see tls-min",
        "retriever.ssl_ciphers": "OpenSSL's defaults hold; see tls-ciphers",
        "retriever.delete_dup_msgids": "mailcask tells messages of one unique-id apart by their content",
        "retriever.envelope_recipient": "mailcask keeps a multidrop mailbox as one account",
        "options.max_message_size": "mailcask fetches messages of every size",
        "options.delete_bigger_than": "mailcask deletes no message that it has not archived",
        "options.max_messages_per_session": "mailcask fetches all",
        "options.max_bytes_per_session": "mailcask fetches all",
    ]
    private static let translated: Set<String> = [
        "retriever.type", "retriever.server", "retriever.port", "retriever.username", "retriever.password",
        "retriever.password_command", "retriever.ca_certs", "retriever.use_apop", "retriever.timeout",
        "retriever.keyfile", "retriever.certfile", "retriever.ssl_cert_hostname",
        "options.delete", "options.delete_after", "options.received", "options.use_netrc", "options.netrc_file",
        // How it shows and logs what it does, and what it writes into mail.
        "options.read_all", "options.verbose", "options.delivered_to", "options.message_log",
        "options.message_log_verbose", "options.message_log_syslog", "options.logfile", "options.fingerprint",
        "options.to_oldmail_on_each_mail", "options.skip_imap_fetch_size",
    ]

    private let place: Surroundings
    private var result = Configuration()

    init(_ place: Surroundings) { self.place = place }

    consuming func read(_ text: String) -> Configuration {
        let ini = IniText(text)
        for mistake in ini.mistakes { result.mistake(mistake.line, mistake.text) }
        for section in ini.sections where !["retriever", "destination", "options"].contains(section.name) {
            result.untranslated(section.line, "[\(section.name)]", "mailcask archives every message, into one place")
        }
        var values: [String: IniText.Entry] = [:]
        for entry in ini.entries {
            let key = "\(entry.section).\(entry.key)"
            values[key] = entry
            if let why = Self.foreign[key] {
                result.untranslated(entry.line, entry.key, why)
            } else if ["retriever", "options"].contains(entry.section), !Self.translated.contains(key) {
                result.mistake(entry.line, "getmail has no such key in [\(entry.section)]")
            }
        }
        finish(values)
        return result
    }

    private mutating func finish(_ values: [String: IniText.Entry]) {
        guard let type = values["retriever.type"] else {
            return result.mistake(1, "there is no [retriever] with a type")
        }
        guard type.value.contains("POP3") else {
            return result.mistake(type.line, "the retriever is not one of POP3, and mailcask speaks nothing else")
        }
        guard let host = values["retriever.server"]?.value, let user = values["retriever.username"]?.value,
            !host.isEmpty, !user.isEmpty
        else { return result.mistake(type.line, "[retriever] has no server, or no username") }
        let isTLS = type.value.contains("SSL")
        let port = values["retriever.port"]
        let number = port.map { UInt16($0.value) } ?? (isTLS ? 995 : 110)
        guard let number, number > 0 else {
            return result.mistake(port?.line ?? type.line, "the port is no number up to 65535")
        }
        let name = "oldmail-\(host)-\(number)-\(user)"
        var found = ForeignAccount(
            line: type.line, name: ForeignAccount.name(user: user, host: host), host: host,
            tls: isTLS ? .implicit : .stls, user: user, uniqueIDFile: "\(place.folder)/\(Self.stripped(name))")
        found.port = port == nil ? nil : number
        if !isTLS {
            result.untranslated(
                type.line, "a login without TLS", "STLS is taken; tls = \"none\" needs allow-cleartext too")
        }
        if type.value.hasPrefix("Multidrop") {
            result.untranslated(type.line, type.value, "mailcask keeps a multidrop mailbox as one account")
        }
        takeSecret(values, &found)
        found.caFile = file(values["retriever.ca_certs"])
        found.clientCertificateFile = file(values["retriever.certfile"])
        found.clientKeyFile = file(values["retriever.keyfile"])
        found.serverName = values["retriever.ssl_cert_hostname"]?.value
        if isOn(values["retriever.use_apop"]) { found.auth = "apop" }
        found.replyTimeoutSeconds = values["retriever.timeout"].flatMap { Int($0.value) }
        let deleteAfter = values["options.delete_after"].flatMap { Int($0.value) } ?? 0
        found.deletes = isOn(values["options.delete"]) || deleteAfter > 0
        takeMail(values, &found)
        result.accounts = [found]
    }

    private mutating func takeSecret(_ values: [String: IniText.Entry], _ found: inout ForeignAccount) {
        if let password = values["retriever.password"] {
            found.secret = .literal(password.value)
        } else if let command = values["retriever.password_command"] {
            guard let words = PythonTuple.strings(command.value), !words.isEmpty else {
                return result.mistake(
                    command.line, "password_command is no tuple of strings, as in (\"pass\", \"ann\")")
            }
            found.secret = .command(ShellWords.command(words))
        } else if isOn(values["options.use_netrc"]) {
            found.secret = .netrc(file(values["options.netrc_file"]))
        }
    }

    private mutating func takeMail(_ values: [String: IniText.Entry], _ found: inout ForeignAccount) {
        if let received = values["options.received"], !isOn(received) {
            result.untranslated(
                received.line, "received = false", "mail without it is not known for getmail's and is not taken over")
        }
        guard let type = values["destination.type"] else { return }
        let path = values["destination.path"]?.value ?? ""
        switch type.value {
        case "Maildir" where !path.isEmpty: found.folder = ForeignAccount.Folder(.maildir, place.path(path))
        case "Mboxrd" where !path.isEmpty: found.folder = ForeignAccount.Folder(.mbox, place.path(path))
        default:
            result.untranslated(type.line, "this destination", "name the folder of its mail with --mail")
        }
    }

    private func file(_ entry: IniText.Entry?) -> String? {
        entry.flatMap { $0.value.isEmpty ? nil : place.path($0.value) }
    }

    private func isOn(_ entry: IniText.Entry?) -> Bool {
        entry.map { ["1", "yes", "true", "on"].contains($0.value.lowercased()) } ?? false
    }

    /// As getmail makes a name of it: runs of some characters become one dash.
    private static func stripped(_ name: String) -> String {
        name.replacing(/[\/:;<>|]+/, with: "-")
    }
}
