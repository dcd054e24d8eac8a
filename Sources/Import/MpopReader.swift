/// Reads the configuration of mpop, as mpop(1) describes it: a command in each line, and the accounts that they make up.
struct MpopReader {
    /// A value, and where it stands.
    private struct Setting {
        var line: Int
        var value: String
    }

    private typealias Settings = [String: Setting]

    /// Commands that have no counterpart, and why that is no loss, or what to do.
    private static let foreign: [String: String] = [
        "killsize": "mailcask fetches messages of every size, and deletes none that it has not archived",
        "skipsize": "mailcask fetches messages of every size",
        "filter": "mailcask archives every message",
        "only_new": "mailcask fetches what it has not archived",
        "pipelining": "mailcask finds out by itself whether a server can do that",
        "tls_fingerprint": "tls-pin is another one, of the key: `mailcask check` shows it",
        "tls_certcheck": "mailcask always verifies the certificate",
        "tls_priorities": "OpenSSL's defaults hold; see tls-min and tls-ciphers",
        "tls_min_dh_prime_bits": "OpenSSL's defaults hold; see tls-security-level",
        "ntlmdomain": "write user = \"DOMAIN\\\\user\"",
        "eval": "write what the command prints in its place",
    ]
    private static let translated: Set<String> = [
        "host", "port", "user", "password", "passwordeval", "auth", "tls", "tls_starttls", "tls_trust_file", "timeout",
        "tls_crl_file", "tls_host_override", "tls_cert_file", "tls_key_file", "proxy_host", "proxy_port", "socket",
        "source_ip", "delivery", "uidls_file", "keep", "received_header",
    ]
    /// Settings with which mpop itself does nothing.
    private static let innocent: [String: Set<String>] = [
        "pipelining": ["auto", "on"], "tls_certcheck": ["on", ""], "only_new": ["on", ""], "killsize": ["off"],
        "skipsize": ["off"], "filter": [""], "tls_fingerprint": [""], "tls_priorities": [""],
        "tls_min_dh_prime_bits": [""],
    ]

    private let place: Surroundings
    private var result = Configuration()
    private var defaults = Settings()
    private var accounts: [(name: String, line: Int, settings: Settings)] = []
    private var indices: [String: Int] = [:]
    private var isInDefaults = false

    init(_ place: Surroundings) { self.place = place }

    consuming func read(_ text: String) -> Configuration {
        var number = 0
        text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).forEach { line in
            number += 1
            take(line.trimmed, number)
        }
        for account in accounts { finish(account) }
        if accounts.isEmpty, !result.hasMistakes { result.mistake(max(number, 1), "there is no account in the file") }
        return result
    }

    private mutating func take(_ line: Substring, _ number: Int) {
        guard !line.isEmpty, line.first != "#" else { return }
        let command = String(line.prefix { !$0.isBlank })
        var argument = line.dropFirst(command.count).trimmed
        if argument.count >= 2, argument.first == "\"", argument.last == "\"" {
            argument = argument.dropFirst().dropLast()
        }
        let value = String(argument)
        switch command {
        case "defaults": isInDefaults = true
        case "account": begin(value, number)
        case _ where Self.foreign[command] != nil || Self.translated.contains(command):
            if let why = Self.foreign[command], !(Self.innocent[command]?.contains(value) ?? false) {
                result.untranslated(number, command, why)
            }
            let setting = Setting(line: number, value: value)
            if isInDefaults {
                defaults[command] = setting
            } else if accounts.isEmpty {
                result.mistake(number, "\(command) stands before the first account")
            } else {
                accounts[accounts.count - 1].settings[command] = setting
            }
        default: result.mistake(number, "mpop has no command of this name")
        }
    }

    /// `account NAME [: NAME, ...]`: the defaults, and what those have.
    private mutating func begin(_ argument: String, _ number: Int) {
        isInDefaults = false
        let parts = argument.split(separator: ":", maxSplits: 1)
        let name = String(parts.first.map { $0.trimmed } ?? "")
        if name.isEmpty { return result.mistake(number, "the account has no name") }
        if indices[name] != nil { return result.mistake(number, "there is an account of this name already") }
        var settings = defaults
        for parent in parts.count < 2 ? [] : parts[1].split(separator: ",") {
            guard let index = indices[String(parent.trimmed)] else {
                result.mistake(number, "the account takes over another one that is not there")
                continue
            }
            settings.merge(accounts[index].settings) { $1 }
        }
        indices[name] = accounts.count
        accounts.append((name, number, settings))
    }

    private mutating func finish(_ account: (name: String, line: Int, settings: Settings)) {
        let settings = account.settings
        // An account that others take over need not be whole.
        guard let host = settings["host"]?.value, let user = settings["user"]?.value, !host.isEmpty, !user.isEmpty
        else {
            let lacking = settings["host"] == nil ? "host" : "user"
            return result.mistake(account.line, "account \(account.name) has no \(lacking)")
        }
        let file = (settings["uidls_file"]?.value ?? "~/.mpop_uidls/%U_at_%H")
            .replacing("%U", with: user).replacing("%H", with: host)
        var found = ForeignAccount(
            line: account.line, name: account.name, host: host, tls: .stls, user: user, uniqueIDFile: place.path(file))
        if isOn(settings["tls"]), settings["tls_starttls"].map({ !isOn($0) }) ?? false { found.tls = .implicit }
        if !isOn(settings["tls"]) {
            result.untranslated(
                settings["tls"]?.line ?? account.line, "a login without TLS",
                "STLS is taken; tls = \"none\" needs allow-cleartext too")
        }
        if let port = settings["port"], !port.value.isEmpty {
            found.port = UInt16(port.value)
            if found.port == nil || found.port == 0 { result.mistake(port.line, "the port is no number up to 65535") }
        }
        if let command = settings["passwordeval"]?.value, !command.isEmpty {
            found.secret = .command(command)
        } else if let password = settings["password"]?.value {
            found.secret = .literal(password)
        }
        takeWays(settings, &found)
        if let trust = settings["tls_trust_file"]?.value, !trust.isEmpty, trust != "system" {
            found.caFile = place.path(trust)
        }
        if let name = settings["tls_host_override"]?.value, !name.isEmpty { found.serverName = name }
        found.crlFile = path(of: settings["tls_crl_file"])
        found.clientCertificateFile = path(of: settings["tls_cert_file"])
        found.clientKeyFile = path(of: settings["tls_key_file"])
        if let timeout = settings["timeout"]?.value { found.replyTimeoutSeconds = Int(timeout) }
        found.deletes = !isOn(settings["keep"])
        takeMail(settings, &found)
        result.accounts.append(found)
    }

    private mutating func takeWays(_ settings: Settings, _ found: inout ForeignAccount) {
        if let auth = settings["auth"], !["", "on"].contains(auth.value) {
            found.auth = ForeignMechanism.name(auth.value)
            if found.auth == nil { result.mistake(auth.line, "auth names no mechanism that mailcask has") }
        }
        if let proxy = settings["proxy_host"]?.value, !proxy.isEmpty {
            let port = settings["proxy_port"]?.value ?? ""
            found.proxy = "socks5://\(proxy):\(port.isEmpty ? "1080" : port)"
        }
        if let socket = settings["socket"]?.value, !socket.isEmpty {
            found.socket = place.path(socket)
            found.proxy = nil
        }
        if let address = settings["source_ip"]?.value, !address.isEmpty { found.sourceAddress = address }
    }

    private mutating func takeMail(_ settings: Settings, _ found: inout ForeignAccount) {
        if let received = settings["received_header"], !isOn(received) {
            result.untranslated(
                received.line, "received_header off", "mail without it is not known for mpop's and is not taken over")
        }
        guard let delivery = settings["delivery"] else { return }
        let words = delivery.value.split(maxSplits: 1) { $0.isBlank || $0 == "," }
        let path = words.count < 2 ? "" : place.path(String(words[1].trimmed))
        switch words.first {
        case "maildir": found.folder = ForeignAccount.Folder(.maildir, path)
        case "mbox": found.folder = ForeignAccount.Folder(.mbox, path)
        default:
            result.untranslated(delivery.line, "delivery", "name the folder of its mail with --mail")
        }
    }

    private func path(of setting: Setting?) -> String? {
        setting.flatMap { $0.value.isEmpty ? nil : place.path($0.value) }
    }

    /// `on`, or nothing behind the command.
    private func isOn(_ setting: Setting?) -> Bool { setting.map { ["on", ""].contains($0.value) } ?? false }
}

extension Substring {
    /// Without blanks at both ends.
    var trimmed: Substring {
        var rest = drop(while: \.isBlank)
        while rest.last?.isBlank ?? false { rest.removeLast() }
        return rest
    }
}

extension Character {
    var isBlank: Bool { self == " " || self == "\t" || self == "\r" }
}
