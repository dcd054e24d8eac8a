/// The protocol of one session, without I/O: commands in, replies out (RFC 1939, RFC 2449, RFC 2595).
struct SimulatedSession {
    private enum State {
        case authorization(user: String?)
        case transaction(OpenMaildrop)
    }

    /// What a server tells in CAPA and obeys.
    struct Capabilities {
        var beforeLogin: [String]
        var afterLogin: [String]
        var missingVerbs: Set<String>
        var offersSTLS: Bool
    }

    private let store: MaildropStore
    private let capabilities: Capabilities
    private let habits: ServerHabits
    private var state = State.authorization(user: nil)
    private var isSecure: Bool
    /// The client said UTF8 (RFC 6856).
    private var servesOriginals = false

    init(store: MaildropStore, capabilities: Capabilities, habits: ServerHabits, isSecure: Bool) {
        self.store = store
        self.capabilities = capabilities
        self.habits = habits
        self.isSecure = isSecure
    }

    /// The name given with USER, as far as the session has come.
    var user: String? {
        switch state {
        case .authorization(let user): user
        case .transaction(let open): open.user
        }
    }

    mutating func didStartTLS() {
        isSecure = true
        state = .authorization(user: nil)
    }

    /// The connection is gone: what was marked as deleted stays.
    mutating func didEnd() {
        if case .transaction(let open) = state { store.close(open) }
        state = .authorization(user: nil)
    }

    func event(of command: Command) -> FaultEvent {
        var uniqueID: [UInt8]?
        if case .transaction(let open) = state { uniqueID = open.message(command.transmittedMessage)?.uniqueID }
        return .command(command.verb, message: command.numbers.first ?? nil, transmittedID: uniqueID)
    }

    /// The reply to a command is written to its end.
    func didAnswer(_ command: Command) {
        guard case .transaction(let open) = state, let number = command.transmittedMessage,
            open.message(number) != nil
        else { return }
        store.note(.retrieved, number, of: open)
    }

    mutating func reply(to command: Command, faults: [Fault]) -> Reply {
        if faults.contains(.missing) || (habits.refusesExtraSpaces && command.hasExtraSpace) {
            return .err("Unknown command.")
        }
        switch command.verb {
        case "CAPA": return .ok("Capability list follows", body: .lines(capabilityLines))
        case "UTF8" where capabilityLines.contains { $0.prefix { $0 != " " } == "UTF8" }:
            servesOriginals = true
            return .ok()
        default: break
        }
        switch state {
        case .authorization(let user): return replyInAuthorization(to: command, user: user)
        case .transaction(var open):
            // Taken out of the state while it changes, so that nothing is copied.
            state = .authorization(user: nil)
            let reply = reply(to: command, in: &open, faults: faults)
            if reply.afterwards == .close { store.close(open) } else { state = .transaction(open) }
            return reply
        }
    }

    private var capabilityLines: [String] {
        var lines = capabilities.beforeLogin
        if case .transaction = state {
            lines = capabilities.afterLogin
        } else if capabilities.offersSTLS, !isSecure {
            lines.append("STLS")
        }
        return lines.filter { line in
            !capabilities.missingVerbs.contains(String(line.prefix { $0 != " " }))
        }
    }

    private mutating func replyInAuthorization(to command: Command, user: String?) -> Reply {
        switch command.verb {
        case "USER":
            guard !command.rest.isEmpty else { return .err("USER needs a name.") }
            state = .authorization(user: command.text)
            return .ok()
        case "PASS":
            guard let user else { return .err("USER first.") }
            return logIn(user, password: command.rest)
        case "STLS":
            guard capabilities.offersSTLS, !isSecure else { return .err("STLS is not possible now.") }
            return .ok("Begin TLS negotiation now.", afterwards: .startTLS)
        case "QUIT": return .ok("Bye.", afterwards: .close)
        default: return .err("Unknown command.")
        }
    }

    private mutating func logIn(_ user: String, password: [UInt8]) -> Reply {
        switch store.open(user: user, password: password, servesOriginals: servesOriginals) {
        case .opened(let open):
            state = .transaction(open)
            return .ok("Logged in.")
        case .refused:
            state = .authorization(user: nil)
            return .err("[AUTH] Authentication failed.")
        case .inUse:
            state = .authorization(user: nil)
            return .err("[IN-USE] Mailbox is in use by another session.")
        case .tooSoon:
            state = .authorization(user: nil)
            return .err("[LOGIN-DELAY] Too soon after the last login.")
        }
    }

    private func reply(to command: Command, in open: inout OpenMaildrop, faults: [Fault]) -> Reply {
        let form = ReplyForm(faults)
        let numbers = command.numbers
        switch command.verb {
        case "STAT":
            let told = open.numbers
            let sum = told.reduce(Int64(0)) { $0 &+ form.size(of: open.shown($1)) }
            return .ok("\(told.count) \(sum)")
        case "LIST": return listing(.sizes, numbers, open, form)
        case "UIDL": return listing(.uniqueIDs, numbers, open, form)
        case "RETR":
            guard numbers.count == 1, let message = open.message(numbers[0]) else { return Self.noSuchMessage }
            open.markRetrieved(numbers[0]!)
            return .ok("\(form.size(of: message)) octets", body: .message(message.content, bodyLineCount: nil))
        case "TOP":
            guard numbers.count == 2, let message = open.message(numbers[0]), let lines = numbers[1], lines >= 0 else {
                return Self.noSuchMessage
            }
            return .ok(body: .message(message.content, bodyLineCount: lines))
        case "DELE":
            guard numbers.count == 1, open.message(numbers[0]) != nil else { return Self.noSuchMessage }
            store.note(.marked, numbers[0]!, of: open)
            if faults.contains(.deleteAtOnce) { store.remove(numbers[0]!, of: open) }
            open.markDeleted(numbers[0]!)
            return .ok("Marked to be deleted.")
        case "RSET":
            open.unmarkDeleted()
            return .ok()
        case "NOOP": return .ok()
        case "QUIT":
            if !faults.contains(.deletesLost) { store.update(open) }
            return .ok("Logging out.", afterwards: .close)
        default: return .err("Unknown command.")
        }
    }

    private static let noSuchMessage = Reply.err("No such message.")

    private func listing(_ kind: Listing.Kind, _ numbers: [Int?], _ open: OpenMaildrop, _ form: ReplyForm) -> Reply {
        let listing = Listing(kind: kind, maildrop: open)
        guard let first = numbers.first else { return .ok("\(open.numbers.count) messages", body: .listing(listing)) }
        guard numbers.count == 1, open.message(first) != nil else { return Self.noSuchMessage }
        return .ok(listing.line(first!, form: form))
    }
}
