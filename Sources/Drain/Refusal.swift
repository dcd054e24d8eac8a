import POP

/// A server that answered `-ERR`.
struct Refusal: Error, CustomStringConvertible {
    /// What was asked for: "the login", "message 12".
    let what: String
    let reply: Reply

    init(what: String, _ reply: Reply) {
        self.what = what
        self.reply = reply
    }

    var description: String {
        let text = reply.displayText
        return "the server refuses \(what)" + (text.isEmpty ? "" : ": \(text)")
    }

    /// Whether a later try may go better: by the response code (RFC 2449, section 8; RFC 3206), else by the words that
    /// servers use for it.
    var isTemporary: Bool {
        switch reply.code {
        case .inUse, .loginDelay, .temporary: return true
        case .authentication, .permanent: return false
        case .other, nil:
            let text = String(decoding: reply.text, as: UTF8.self).lowercased()
            return Self.temporaryWords.contains { text.contains($0) } || Self.isOfLockedMaildrop(text)
        }
    }

    /// Whether the server says that it does not know the command.
    var isOfUnknownCommand: Bool {
        let text = String(decoding: reply.text, as: UTF8.self).lowercased()
        return Self.unknownWords.contains { text.contains($0) }
    }

    private static let unknownWords = [
        "unknown command", "implemented", "unrecogni", "not recogni", "unsupported", "not supported", "invalid command",
        "bad command", "illegal command",
    ]

    private static let temporaryWords = [
        "in use", "busy", "try again", "later", "too many", "wait", "temporar", "exceed", "throttl",
    ]

    /// A maildrop that is locked by another session, and not an account that is locked, or an address that is blocked:
    /// those only get worse with further logins.
    private static func isOfLockedMaildrop(_ text: String) -> Bool {
        let words = text.split { !$0.isLetter }
        let isLock = words.contains { $0.hasPrefix("lock") && $0 != "lockout" }
        return isLock && !words.contains("account") && !text.contains("locked out")
    }
}

extension Reply {
    /// Whether its response code says that a later try may go better (RFC 2449, section 8; RFC 3206).
    var asksToWait: Bool {
        switch code {
        case .inUse, .loginDelay, .temporary: true
        case .authentication, .permanent, .other, nil: false
        }
    }
}
