package import Mail

extension Verification {
    /// Something that is not as it was written.
    package struct Damage: Sendable, CustomStringConvertible {
        /// A file relative to the root, a member or an entry of one, or `message SHA256`.
        package let what: String
        package let reason: String
        /// Accounts that hold what is damaged; empty for a file as a whole.
        package let accounts: [String]
        /// The messages that need it; empty for a message, and for a file as a whole.
        package let messages: [Digest]

        init(_ what: String, _ reason: String, accounts: [String] = [], messages: [Digest] = []) {
            self.what = what
            self.reason = reason
            self.accounts = accounts
            self.messages = messages
        }

        package var description: String {
            if accounts.isEmpty { return "\(what): \(reason)" }
            if messages.isEmpty { return "\(what) of \(accounts.joined(separator: ", ")): \(reason)" }
            let need = messages.count == 1 ? "needs" : "need"
            return "\(what): \(reason); \(messages.count.counted("message")) of \(holders) \(need) it"
        }

        /// The accounts by name, as many as a line takes.
        private var holders: String {
            let names = accounts.prefix(Self.nameLimit).joined(separator: ", ")
            let rest = accounts.count - Self.nameLimit
            return rest > 0 ? "\(accounts.count) accounts (\(names) and \(rest) more)" : names
        }

        private static let nameLimit = 20
    }
}

extension Int {
    /// `1 message`, `2 messages`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
