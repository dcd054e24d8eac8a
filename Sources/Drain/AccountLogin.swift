import Authentication
import Manifest
import POP
import Platform
import Transport

/// From nothing to the TRANSACTION state: connection, TLS, capabilities, login.
struct AccountLogin {
    /// A session that is logged in.
    struct Success {
        let client: POPClient
        let capabilities: Capabilities
        /// Messages come as they are: the server was told UTF8, or knows no such thing (RFC 6856, section 2).
        let servesOriginals: Bool
        /// What went out behind the login at once: nothing, or the questions, whose replies are the next ones, behind CAPA.
        let asked: [Command]
    }

    private let account: Account
    private let hosts: HostFacts
    private let mask: EchoMask?
    private let hasLoggedIn: Bool
    private let stop: EventFlag?
    private let onOpen: (SocketHandle) -> Void
    /// Gets each session as soon as it is under TLS.
    var onSecured: (POPClient) -> Void = { _ in }

    /// - Parameters:
    ///   - hosts: what the run has learnt; is taught more.
    ///   - mask: of an earlier session of the account.
    ///   - hasLoggedIn: a login went well before, in this run or in the last one.
    ///   - stop: ends every wait until the login once it is raised.
    ///   - onOpen: gets the socket before any waiting on it.
    init(
        _ account: Account, hosts: HostFacts, mask: EchoMask? = nil, hasLoggedIn: Bool = false, stop: EventFlag? = nil,
        onOpen: @escaping (SocketHandle) -> Void
    ) {
        self.account = account
        self.hosts = hosts
        self.mask = mask
        self.hasLoggedIn = hasLoggedIn
        self.stop = stop
        self.onOpen = onOpen
    }

    /// So many refused logins in a row, of whatever accounts, and a host is left alone: it may have shut this address out,
    /// and would for longer.
    private static let refusedLoginLimit = 3

    /// Servers that close or hang at CAPA, wherever it stands, are called again. Those that do so twice are not asked. The
    /// same goes for a UTF8 that was not offered.
    /// - Parameter questions: what is asked of the maildrop first. It goes out behind the login, together with CAPA, where
    ///   the server takes several commands at once.
    /// - Throws: `AccountFailure`, `TransportError`, `POPError`, `Refusal`.
    func run(asking questions: [Command] = [], entering phase: (AccountProgress.Phase) -> Void) throws -> Success {
        phase(.connecting)
        guard hosts[account].refusedLoginCount < Self.refusedLoginLimit else {
            throw AccountFailure(
                .refused,
                "not tried: \(account.host) has refused \(Self.refusedLoginLimit) logins in a row, and more may shut this "
                    + "address out", remedy: "mend the accounts that were refused, and run again")
        }
        let source = Password(of: account, prompted: hosts.prompted, tokens: hosts.tokens, stop: stop)
        let password = source.isSlow ? try source.read() : nil
        while true {
            do { return try attempt(password, questions, entering: phase) } catch is CapabilitySilence {
                hosts.update(account) { $0.capabilitySilenceCount += 1 }
            } catch is UTF8Silence {
                hosts.update(account) { $0.utf8SilenceCount += 1 }
            } catch let unheard as QuestionsUnheard {
                hosts.update(account) { $0.noteUnheardQuestions(isClosed: unheard.isClosed) }
            }
            if stop?.isRaised == true { throw AccountFailure.stopped }
        }
    }

    private func attempt(
        _ password: SecretBytes?, _ questions: [Command], entering phase: (AccountProgress.Phase) -> Void
    ) throws -> Success {
        phase(.connecting)
        var (client, capabilities) = try greeted()
        if client.awaitsSTLS {
            try startTLS(client, capabilities)
            // What was said in the clear may have been changed on the way.
            capabilities = try hosts[account].capabilitiesInTLS ?? self.capabilities(of: client)
            hosts.update(account) { $0.capabilitiesInTLS = capabilities }
        }
        if client.securityName != nil { onSecured(client) }
        phase(.loggingIn)
        let servesOriginals = try askForOriginals(client, capabilities)
        try logIn(client, capabilities, password)
        let asked: [Command]
        (capabilities, asked) = try ask(questions, client, capabilities)
        return Success(
            client: client, capabilities: capabilities, servesOriginals: servesOriginals, asked: asked)
    }

    // MARK: - Capabilities

    /// The server closed or hung at CAPA.
    private struct CapabilitySilence: Error {}

    /// The server closed, hung or answered nonsense at a CAPA with the questions behind it.
    private struct QuestionsUnheard: Error {
        let isClosed: Bool
    }

    /// The server closed or hung at a UTF8 that it has not offered.
    private struct UTF8Silence: Error {}

    /// A session past its greeting, and what the host can do.
    private func greeted() throws -> (POPClient, Capabilities) {
        let client = try POPClient(account, mask: mask, stop: stop, onOpen: onOpen)
        hosts.update(account) { $0.noteGreeting(client.greeting) }
        if let known = hosts[account].capabilities { return (client, known) }
        let capabilities = try capabilities(of: client)
        hosts.update(account) { $0.capabilities = capabilities }
        return (client, capabilities)
    }

    /// Whether the server closed, or said nothing.
    private static func isSilence(_ error: any Error) -> Bool {
        switch error {
        case let error as POPError: error.code == .endedInsideReply
        case let error as TransportError: error.code == .closed || error.code == .timedOut(.reply)
        default: false
        }
    }

    /// What the server says it can do; nothing when it does not know CAPA.
    /// - Parameter others: commands to send behind it at once; their replies are left to the caller.
    /// - Throws: also `CapabilitySilence`.
    private func capabilities(of client: POPClient, with others: [Command] = []) throws -> Capabilities {
        var capabilities = Capabilities()
        guard !hosts[account].isCapabilityCommandBroken else { return capabilities }
        do {
            try client.send([.capabilities] + others)
            let reply = try client.reply()
            guard reply.isOK else {
                // Where it says no for now, nothing is known of what it can do.
                guard reply.asksToWait else { return capabilities }
                throw Refusal(what: "CAPA", reply)
            }
            try client.lines { capabilities.add(line: $0) }
            return capabilities
        } catch  where Self.isSilence(error) {
            throw CapabilitySilence()
        }
    }

    /// Sends the questions where several commands may be under way, and asks for the capabilities, which may differ from
    /// those before the login (Gmail, Exchange), once for each host.
    private func ask(
        _ questions: [Command], _ client: POPClient, _ before: Capabilities
    ) throws -> (capabilities: Capabilities, asked: [Command]) {
        let facts = hosts[account]
        let isKnown = facts.capabilitiesAfterLogin != nil || facts.isCapabilityCommandBroken || before.names.isEmpty
        let known = facts.capabilitiesAfterLogin ?? before
        let ahead = known.pipelining && !facts.isPipeliningBroken ? questions : []
        guard !isKnown else {
            if !ahead.isEmpty { try client.send(ahead) }
            return (known, ahead)
        }
        let asked = ahead.isEmpty ? [] : [.capabilities] + ahead
        let told: Capabilities
        do { told = try capabilities(of: client, with: ahead) } catch is Refusal {
            return (before, asked)
        } catch  where !ahead.isEmpty && error is CapabilitySilence {
            throw QuestionsUnheard(isClosed: true)
        } catch  where !ahead.isEmpty && error is POPError {
            throw QuestionsUnheard(isClosed: false)
        }
        let after = told.names.isEmpty ? before : told
        hosts.update(account) { $0.capabilitiesAfterLogin = after }
        return (after, asked)
    }

    /// Without UTF8 a server may send a surrogate of a message that has 8-bit header fields (Courier does), so it is
    /// said after STLS and before the login, wherever it is offered, and where CAPA tells nothing. There a refusal means
    /// that the server knows no such thing.
    private func askForOriginals(_ client: POPClient, _ capabilities: Capabilities) throws -> Bool {
        let isOffered = capabilities.utf8
        guard isOffered || (capabilities.names.isEmpty && !hosts[account].isUTF8CommandBroken) else { return true }
        do {
            let reply = try client.exchange(.utf8)
            return reply.isOK || (!isOffered && !Refusal(what: "UTF8", reply).isTemporary)
        } catch  where !isOffered && Self.isSilence(error) {
            throw UTF8Silence()
        }
    }

    // MARK: - TLS and login

    /// No credential goes out unless TLS is there (RFC 2595, section 4).
    private func startTLS(_ client: POPClient, _ capabilities: Capabilities) throws {
        guard capabilities.startTLS || capabilities.names.isEmpty else {
            throw AccountFailure(
                .refused, "the server offers no STLS, so the password would cross the network in the clear",
                remedy: "try `tls = \"implicit\"` with port 995; somebody on the way may also have removed the offer")
        }
        let reply = try client.exchange(.startTLS)
        guard reply.isOK else { throw Refusal(what: "STLS", reply) }
        try client.startTLS()
    }

    private func logIn(_ client: POPClient, _ capabilities: Capabilities, _ password: SecretBytes?) throws {
        let isBindable = client.securityName != nil && account.channelBinding != .off
        var method = try LoginMethod(
            account.authentication, capabilities, isBindable: isBindable, isToken: account.secret.isToken)
        let source = Password(of: account, prompted: hosts.prompted, tokens: hosts.tokens, stop: stop)
        let password = try password ?? source.read()
        var (reply, reason) = try Self.hidingReceived { try prove(by: method, client, capabilities, password) }
        // A token that has ended: the command may have a new one by now.
        if isRefusalOfToken(reply, reason) {
            source.discard()
            let another = try source.read()
            if another != password {
                (reply, reason) = try Self.hidingReceived { try prove(by: method, client, capabilities, another) }
            }
        }
        // A server that offers PLAIN and does not know AUTH: USER and PASS show no more.
        if account.authentication == .auto, method == .mechanism(.plain), !reply.isOK,
            Refusal(what: "AUTH", reply).isOfUnknownCommand
        {
            method = .userAndPass
            (reply, reason) = try Self.hidingReceived { try prove(by: method, client, capabilities, password) }
        }
        guard reply.isOK else { throw refusal(of: reply, reason, method) }
        try Self.hidingReceived { if client.hasUnread { throw POPError(.unsolicited) } }
        hosts.update(account) { $0.refusedLoginCount = 0 }
    }

    /// Whether the server says that the token of a command is not, or not any more, a good one (RFC 7628, section 3.2.2;
    /// the numbers are those of XOAUTH2).
    private func isRefusalOfToken(_ reply: Reply, _ reason: String?) -> Bool {
        account.secret.isToken && !reply.isOK && ["invalid_token", "401", "400"].contains(reason)
    }

    /// - Returns: the server's last reply, and what it said of a refusal besides.
    private func prove(
        by method: LoginMethod, _ client: POPClient, _ capabilities: Capabilities, _ password: SecretBytes
    ) throws -> (reply: Reply, reason: String?) {
        switch method {
        case .userAndPass:
            let user = try client.exchange(.user(Array(account.user.utf8)), .login)
            return (user.isOK ? try client.exchange(.pass(password), .login) : user, nil)
        case .apop:
            guard let timestamp = APOPDigest.timestamp(ofGreeting: client.greetingText) else {
                throw AccountFailure(
                    .refused, "the greeting has no timestamp, which APOP needs",
                    remedy: "leave `auth` out to take what the server offers")
            }
            client.hide(password)
            let digest = APOPDigest.digest(timestamp: timestamp, password: password)
            return (try client.exchange(.apop(Array(account.user.utf8), digest: digest), .login), nil)
        case .mechanism(let mechanism):
            let login = SASLLogin(
                client: client, mechanism: mechanism,
                credentials: Credentials(
                    user: account.user, secret: password, host: account.host, port: account.port),
                binding: try ChannelBinding(account.channelBinding, client, capabilities),
                takesInitialResponse: !capabilities.mechanisms.isEmpty)
            do { return try login.run() } catch let error as AuthenticationError {
                throw AccountFailure(.refused, "the login fails: \(error)", remedy: Self.remedy(error))
            }
        }
    }

    private static func remedy(_ error: AuthenticationError) -> String {
        switch error.code {
        case .unusableCredentials: "check `user` and the password, or name another mechanism with `auth`"
        case .badChallenge: "name another mechanism with `auth`, and tell the server's operator"
        case .unprovenServer: "see that `host` is right, and that nobody answers in its place"
        case .library:
            "see that there is a ticket (klist) where mailcask is started, or name another mechanism with `auth`"
        }
    }

    /// What is no reply to a password may be an echo of it: it is not shown.
    private static func hidingReceived<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as POPError {
            throw POPError(error.code, received: "(not shown: it may hold the password)".utf8)
        }
    }

    /// - Parameter reason: what the server said besides.
    private func refusal(of reply: Reply, _ reason: String?, _ method: LoginMethod) -> AccountFailure {
        let words = reply.displayText.hasSuffix(".") ? String(reply.displayText.dropLast()) : reply.displayText
        let text = [words, reason.map { "(\($0))" } ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        let way = method == .userAndPass ? "" : " by \(method.name)"
        let message = "the server refuses the login of \(account.user)\(way)\(text.isEmpty ? "" : ": \(text)")"
        if Refusal(what: "the login", reply).isTemporary {
            return AccountFailure(
                .retry, message, remedy: "the mailbox is in use or the server asks to wait: run again later")
        }
        // Servers that throttle say "Logon failure" too.
        if hasLoggedIn, reply.code == nil, !isRefusalOfToken(reply, reason) {
            return AccountFailure(
                .retry, message,
                remedy: "the same login went well before, so the server may ask to wait: run again later; "
                    + "if the password was changed, check it")
        }
        hosts.update(account) { $0.refusedLoginCount += 1 }
        return AccountFailure(.refused, message, remedy: remedy(forRefusalOf: method))
    }

    private func remedy(forRefusalOf method: LoginMethod) -> String {
        switch account.secret {
        case .tokenCommand:
            return "check `user`, and that `token-command` prints a token of this user that is good for POP"
        case .oauth: return "check `user` and `oauth-scope`, and run `mailcask login` as this user"
        default: break
        }
        var remedy = "check `user` and the password of this account"
        guard case .mechanism(let mechanism) = method else { return remedy }
        if mechanism.isBound { remedy += ", and `channel-binding`, of which the server may want another type" }
        guard account.authentication == .auto else { return remedy }
        return remedy
            + "; the server may not have the password for \(mechanism.name): name another mechanism with `auth`"
    }
}
