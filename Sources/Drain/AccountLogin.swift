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

    /// So many refused logins in a row, of whatever accounts, and a host is left alone: it may have shut this address out,
    /// and would for longer.
    private static let refusedLoginLimit = 3

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
        try AccountProof(
            account: account, hosts: hosts, hasLoggedIn: hasLoggedIn, stop: stop, client: client,
            capabilities: capabilities
        ).run(password)
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

    // MARK: - TLS

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
}
