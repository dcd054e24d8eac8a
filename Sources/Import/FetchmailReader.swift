/// Reads the run control file of fetchmail: servers with their options, and the users of each.
struct FetchmailReader {
    private struct ServerOptions {
        var line = 0
        /// What `poll` calls it.
        var label = ""
        var via: String?
        var proto: String?
        var service: FetchmailScanner.Token?
        var auth: FetchmailScanner.Token?
        var timeoutSeconds: Int?
        var plugin: String?
        var isSkipped = false
    }

    private struct UserOptions {
        var line = 0
        var remote: String?
        var secret: ForeignAccount.Secret?
        var isTLS: Bool?
        var tlsProtocol: String?
        var caFile: String?
        var certificateFile: String?
        var keyFile: String?
        var serverName: String?
        var keeps: Bool?
    }

    private let place: Surroundings
    private var result = Configuration()
    private var tokens: [FetchmailScanner.Token] = []
    private var at = 0
    private var serverDefaults = ServerOptions()
    private var userDefaults = UserOptions()
    private var server: ServerOptions?
    private var user: UserOptions?
    private var isInDefaults = false
    /// Servers have been left without one.
    private var hasUser = false
    private var uniqueIDFile = "~/.fetchids"

    init(_ place: Surroundings) { self.place = place }

    consuming func read(_ text: String) -> Configuration {
        let scanner = FetchmailScanner(text)
        for mistake in scanner.mistakes { result.mistake(mistake.line, mistake.text) }
        tokens = scanner.tokens
        while let token = next() { take(token) }
        finishServer()
        for index in result.accounts.indices { result.accounts[index].uniqueIDFile = place.path(uniqueIDFile) }
        if result.accounts.isEmpty, !result.hasMistakes {
            result.mistake(1, "there is no server with a user in the file")
        }
        return result
    }

    private mutating func next() -> FetchmailScanner.Token? {
        guard at < tokens.count else { return nil }
        at += 1
        return tokens[at - 1]
    }

    /// The string behind an option.
    private mutating func argument(of option: FetchmailScanner.Token) -> FetchmailScanner.Token? {
        if let token = next() { return token }
        result.mistake(option.line, "\(option.text) has nothing behind it")
        return nil
    }

    /// What a word means here; strings in quotes are never keywords.
    private func keyword(_ token: FetchmailScanner.Token?) -> FetchmailKeyword? {
        token.flatMap { $0.isQuoted ? nil : FetchmailKeyword.meaning(of: $0.text.lowercased()) }
    }

    private var isAtName: Bool { at < tokens.count && keyword(tokens[at]) == nil }

    /// Names up to the next keyword.
    private mutating func skipNames() { while isAtName { at += 1 } }

    private mutating func take(_ token: FetchmailScanner.Token) {
        guard let keyword = keyword(token) else {
            return result.mistake(token.line, "fetchmail knows no such word here; a string may lack its quotes")
        }
        switch keyword {
        case .poll, .skip: beginServer(token, keyword)
        case .defaults:
            finishServer()
            isInDefaults = true
        case .set: takeGlobal(token)
        case .noise, .here, .there: break
        case .no: takeNegated(token)
        case .user: beginUser(token)
        case .names: takeNames()
        case .foreign(let following, let why):
            switch following {
            case .none: break
            // Before the header of an envelope may stand a number.
            case .one: if argument(of: token) != nil, token.text.lowercased() == "envelope", isAtName { at += 1 }
            case .list: skipNames()
            }
            if let why { result.untranslated(token.line, token.text, why) }
        default: takeOption(token, keyword)
        }
    }

    private mutating func takeOption(_ token: FetchmailScanner.Token, _ keyword: FetchmailKeyword) {
        switch keyword {
        case .ssl: return change { $0.isTLS = true }
        case .keep: return change { $0.keeps = true }
        default: break
        }
        guard let argument = argument(of: token) else { return }
        let text = argument.text
        switch keyword {
        case .via: changeServer { $0.via = text }
        case .proto: changeServer { $0.proto = text.uppercased() }
        case .service: changeServer { $0.service = argument }
        case .auth: changeServer { $0.auth = argument }
        case .timeout: changeServer { $0.timeoutSeconds = Int(text) }
        case .plugin: changeServer { $0.plugin = text }
        case .password: change { $0.secret = .literal(text) }
        case .passwordFile:
            let path = place.path(text)
            change { $0.secret = .file(path) }
        case .sslProto: change { $0.tlsProtocol = text }
        case .sslCertFile:
            let path = place.path(text)
            change { $0.caFile = path }
        case .sslCert:
            let path = place.path(text)
            change { $0.certificateFile = path }
        case .sslKey:
            let path = place.path(text)
            change { $0.keyFile = path }
        case .sslCommonName: change { $0.serverName = text }
        default: break
        }
    }

    private mutating func takeNegated(_ token: FetchmailScanner.Token) {
        guard let option = argument(of: token) else { return }
        switch keyword(option) {
        case .keep: change { $0.keeps = false }
        case .ssl: change { $0.isTLS = false }
        case .foreign:
            if option.text.lowercased() == "sslcertck" {
                result.untranslated(option.line, "no sslcertck", "mailcask always verifies the certificate")
            }
        default: result.mistake(option.line, "nothing can be turned off here")
        }
    }

    /// `set NAME VALUE`, `set NAME`, `set no NAME`: only where the unique-ids are matters.
    private mutating func takeGlobal(_ token: FetchmailScanner.Token) {
        guard let name = argument(of: token) else { return }
        switch name.text.lowercased() {
        case "idfile": if let value = argument(of: name) { uniqueIDFile = value.text }
        case "no": _ = argument(of: name)
        case "daemon":
            _ = argument(of: name)
            result.untranslated(name.line, "set daemon", "see the timer of systemd in mailcask(1)")
        case "logfile", "postmaster", "pidfile", "properties": _ = argument(of: name)
        case "syslog", "nosyslog", "bouncemail", "spambounce", "softbounce", "invisible", "showdots": break
        default: result.mistake(name.line, "fetchmail knows nothing of this name to set")
        }
        if name.text.lowercased() == "invisible" {
            result.untranslated(
                name.line, "set invisible",
                "mail without its Received field is not known for fetchmail's and is not taken over")
        }
    }

    // MARK: - Servers and users

    private mutating func beginServer(_ token: FetchmailScanner.Token, _ keyword: FetchmailKeyword) {
        finishServer()
        guard let name = argument(of: token) else { return }
        var begun = serverDefaults
        begun.line = token.line
        begun.label = name.text
        if case .skip = keyword { begun.isSkipped = true }
        server = begun
    }

    private mutating func beginUser(_ token: FetchmailScanner.Token) {
        finishUser()
        guard let name = argument(of: token) else { return }
        if server == nil, !isInDefaults { return result.mistake(token.line, "the user stands before the first server") }
        var begun = userDefaults
        begun.line = token.line
        // `user NAMES here` tells names of this machine, and `is NAME there` the remote one.
        var end = at
        while end < tokens.count, self.keyword(tokens[end]) == nil { end += 1 }
        if end < tokens.count, case .here = self.keyword(tokens[end]) {
            at = end + 1
        } else {
            begun.remote = name.text
        }
        user = begun
        hasUser = true
    }

    /// `is NAME there` tells the remote name; else names of this machine follow.
    private mutating func takeNames() {
        let start = at
        skipNames()
        if at == start + 1, at < tokens.count, case .there = keyword(tokens[at]), user?.remote == nil {
            let name = tokens[start].text
            change { $0.remote = name }
        }
    }

    private mutating func change(_ body: (inout UserOptions) -> Void) {
        if isInDefaults {
            body(&userDefaults)
        } else if user != nil {
            body(&user!)
        } else if server != nil {
            result.mistake(tokens[at - 1].line, "an option of a user stands before the first user of the server")
        } else {
            result.mistake(tokens[at - 1].line, "an option stands before the first server")
        }
    }

    private mutating func changeServer(_ body: (inout ServerOptions) -> Void) {
        if isInDefaults {
            body(&serverDefaults)
        } else if server != nil {
            body(&server!)
        } else {
            result.mistake(tokens[at - 1].line, "an option stands before the first server")
        }
    }

    private mutating func finishServer() {
        finishUser()
        if let server, !hasUser { result.mistake(server.line, "the server has no user: give one, as in user \"ann\"") }
        server = nil
        hasUser = false
        isInDefaults = false
    }

    private mutating func finishUser() {
        defer { user = nil }
        guard let server, let user else { return }
        guard let remote = user.remote else {
            return result.mistake(user.line, "it is not said who logs in: give the name that the server knows")
        }
        guard ["POP3", "APOP", "AUTO", "SDPS", nil].contains(server.proto) else {
            return result.mistake(server.line, "the protocol is not POP3, and mailcask speaks nothing else")
        }
        if server.isSkipped {
            result.untranslated(server.line, "skip", "its accounts are taken over like those of poll")
        }
        let host = server.via ?? server.label
        var found = ForeignAccount(
            line: user.line, name: ForeignAccount.name(user: remote, host: host), host: host,
            tls: user.isTLS ?? false ? .implicit : .stls, user: remote, uniqueIDFile: "")
        if let service = server.service { takePort(service, &found) }
        if user.tlsProtocol == "", !(user.isTLS ?? false) {
            result.untranslated(
                user.line, "a login without TLS", "STLS is taken; tls = \"none\" needs allow-cleartext too")
        }
        found.secret = user.secret
        found.caFile = user.caFile
        found.clientCertificateFile = user.certificateFile
        // Both may be in one file.
        found.clientKeyFile = user.keyFile
        found.serverName = user.serverName
        found.deletes = !(user.keeps ?? false)
        found.replyTimeoutSeconds = server.timeoutSeconds
        found.tunnelCommand = server.plugin
        if server.proto == "APOP" { found.auth = "apop" }
        if let auth = server.auth, !["any", "password", "ssh"].contains(auth.text.lowercased()) {
            found.auth = ForeignMechanism.name(auth.text)
            if found.auth == nil { result.mistake(auth.line, "auth names no mechanism that mailcask has") }
        }
        result.accounts.append(found)
    }

    private mutating func takePort(_ service: FetchmailScanner.Token, _ found: inout ForeignAccount) {
        switch service.text.lowercased() {
        case "pop3s": found.port = 995
        case "pop3", "pop-3": found.port = 110
        default:
            found.port = UInt16(service.text)
            if found.port == nil || found.port == 0 {
                result.mistake(service.line, "the service is neither pop3, pop3s nor a port up to 65535")
            }
        }
    }
}
