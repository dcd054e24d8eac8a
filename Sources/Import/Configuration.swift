/// What a configuration says, as far as mailcask can say it too.
package struct Configuration: Sendable, Equatable {
    package var accounts: [ForeignAccount] = []
    /// In the order of the lines.
    package var remarks: [Remark] = []

    package var hasMistakes: Bool { remarks.contains { $0.kind == .mistake } }

    static func mistaken(_ line: Int, _ text: String) -> Configuration {
        Configuration(remarks: [Remark(.mistake, line, text)])
    }

    mutating func mistake(_ line: Int, _ text: String) { remarks.append(Remark(.mistake, line, text)) }

    /// A manifest has each mailbox once; in mpop's, an account may be another name of one, as `default` often is.
    mutating func leaveOutTwins() {
        struct Mailbox: Hashable {
            let host: String
            let port: UInt16
            let user: String
        }
        var seen: [Mailbox: String] = [:]
        accounts = accounts.filter { account in
            let port = account.port ?? (account.tls == .implicit ? 995 : 110)
            let mailbox = Mailbox(host: account.host.lowercased(), port: port, user: account.user)
            guard let name = seen[mailbox] else {
                seen[mailbox] = account.name
                return true
            }
            untranslated(account.line, "this account", "its mailbox is that of \(name), and is drained once")
            return false
        }
    }

    /// - Parameter key: as the configuration writes it; its value is not shown, as it may be a secret.
    mutating func untranslated(_ line: Int, _ key: String, _ why: String) {
        remarks.append(Remark(.untranslated, line, "\(key) has no counterpart: \(why)"))
    }
}

/// Something to tell about a line of a configuration. It never holds a secret.
package struct Remark: Sendable, Equatable {
    package enum Kind: Sendable {
        /// The other program would not take it either, or it says too little.
        case mistake
        /// mailcask does otherwise.
        case untranslated
    }

    package var kind: Kind
    /// From 1.
    package var line: Int
    package var text: String

    package init(_ kind: Kind, _ line: Int, _ text: String) {
        self.kind = kind
        self.line = line
        self.text = text
    }
}
