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
    }

    private let account: Account
    private let stop: EventFlag?
    private let onOpen: (SocketHandle) -> Void

    init(_ account: Account, stop: EventFlag? = nil, onOpen: @escaping (SocketHandle) -> Void) {
        self.account = account
        self.stop = stop
        self.onOpen = onOpen
    }

    /// - Throws: `AccountFailure`, `TransportError`, `POPError`, `Refusal`.
    func run(entering phase: (AccountProgress.Phase) -> Void) throws -> Success {
        phase(.connecting)
        let client = try POPClient(account, stop: stop, onOpen: onOpen)
        var capabilities = try Self.capabilities(of: client)
        if account.tls == .stls {
            try startTLS(client, capabilities)
            capabilities = try Self.capabilities(of: client)
        }
        phase(.loggingIn)
        try logIn(client)
        return Success(client: client, capabilities: capabilities)
    }

    /// What the server says it can do; nothing when it does not know CAPA.
    static func capabilities(of client: POPClient) throws -> Capabilities {
        var capabilities = Capabilities()
        guard try client.exchange(.capabilities).isOK else { return capabilities }
        try client.lines { capabilities.add(line: $0) }
        return capabilities
    }

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

    private func logIn(_ client: POPClient) throws {
        let password = try Password.read(of: account, stop: stop)
        let user = try client.exchange(.user(Array(account.user.utf8)), .login)
        guard user.isOK else { throw refusal(of: user) }
        let reply = try Self.hidingReceived { try client.exchange(.pass(password), .login) }
        guard reply.isOK else { throw refusal(of: reply) }
        try Self.hidingReceived { if client.hasUnread { throw POPError(.unsolicited) } }
    }

    /// What is no reply to PASS may be an echo of it: it is not shown.
    private static func hidingReceived<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as POPError {
            throw POPError(error.code, received: "(not shown: it may hold the password)".utf8)
        }
    }

    private func refusal(of reply: Reply) -> AccountFailure {
        let isTemporary = Refusal(what: "the login", reply).isTemporary
        let text = reply.displayText
        let remedy =
            isTemporary
            ? "the mailbox is in use or the server asks to wait: run again later"
            : "check `user` and the password of this account"
        return AccountFailure(
            isTemporary ? .retry : .refused,
            "the server refuses the login of \(account.user)\(text.isEmpty ? "" : ": \(text)")", remedy: remedy)
    }
}
