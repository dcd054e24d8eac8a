import Authentication
import Manifest
import POP
import Platform
import Transport

/// The proof of who an account is, by what the manifest names or the server offers: from the AUTHORIZATION state to the
/// TRANSACTION state.
struct AccountProof {
    let account: Account
    let hosts: HostFacts
    /// A login went well before, in this run or in the last one.
    let hasLoggedIn: Bool
    let stop: EventFlag?
    let client: POPClient
    /// What the server said that it can do before the login.
    let capabilities: Capabilities

    /// - Parameter password: where it was read already.
    /// - Throws: `AccountFailure`, `TransportError`, `POPError`.
    func run(_ password: SecretBytes?) throws {
        let isBindable = client.securityName != nil && account.channelBinding != .off
        var method = try LoginMethod(
            account.authentication, capabilities, isBindable: isBindable, isToken: account.secret.isToken)
        let source = Password(of: account, prompted: hosts.prompted, tokens: hosts.tokens, stop: stop)
        let password = try password ?? source.read()
        var (reply, reason) = try Self.hidingReceived { try prove(by: method, password) }
        // A token that has ended: its command or its issuer may have a new one by now.
        if isRefusalOfToken(reply, reason) {
            source.discard()
            let another = try source.read()
            if another != password {
                (reply, reason) = try Self.hidingReceived { try prove(by: method, another) }
            }
        }
        // A server that offers PLAIN and does not know AUTH: USER and PASS show no more.
        if account.authentication == .auto, method == .mechanism(.plain), !reply.isOK,
            Refusal(what: "AUTH", reply).isOfUnknownCommand
        {
            method = .userAndPass
            (reply, reason) = try Self.hidingReceived { try prove(by: method, password) }
        }
        guard reply.isOK else { throw refusal(of: reply, reason, method) }
        try Self.hidingReceived { if client.hasUnread { throw POPError(.unsolicited) } }
        hosts.update(account) { $0.refusedLoginCount = 0 }
    }

    /// Whether the server says that the token is not, or not any more, a good one (RFC 7628, section 3.2.2; the numbers are
    /// those of XOAUTH2).
    private func isRefusalOfToken(_ reply: Reply, _ reason: String?) -> Bool {
        account.secret.isToken && !reply.isOK && ["invalid_token", "401", "400"].contains(reason)
    }

    /// - Returns: the server's last reply, and what it said of a refusal besides.
    private func prove(
        by method: LoginMethod, _ password: SecretBytes
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
        // What is shown as it is serves every way in which a server may have stored it.
        guard account.authentication == .auto, !mechanism.showsSecret else { return remedy }
        return remedy
            + "; the server may not have the password for \(mechanism.name): name another mechanism with `auth`"
    }
}
