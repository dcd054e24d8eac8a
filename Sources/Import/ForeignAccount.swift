/// A mailbox that another program drains.
package struct ForeignAccount: Sendable, Equatable {
    package enum TLS: String, Sendable {
        case implicit, stls
    }

    package enum Secret: Sendable, Equatable {
        /// For `sh -c`; the first line that it prints is the password.
        case command(String)
        case literal(String)
        case file(String)
        /// A file of netrc(5); `nil` is that of the user.
        case netrc(String?)
    }

    /// Where the other program delivered mail.
    package struct Folder: Sendable, Equatable {
        package enum Kind: Sendable {
            case maildir, mbox
        }

        package var kind: Kind
        /// Absolute.
        package var path: String

        package init(_ kind: Kind, _ path: String) {
            self.kind = kind
            self.path = path
        }
    }

    /// Where the configuration begins to speak of it, from 1.
    package var line: Int
    package var name: String
    package var host: String
    package var port: UInt16?
    package var tls: TLS
    package var user: String
    package var secret: Secret?
    /// The manifest's name of the mechanism; `nil` is the strongest.
    package var auth: String?
    package var caFile: String?
    package var crlFile: String?
    /// Whom the certificate must be for, in place of the host.
    package var serverName: String?
    package var clientCertificateFile: String?
    package var clientKeyFile: String?
    package var replyTimeoutSeconds: Int?
    /// As the manifest writes it.
    package var proxy: String?
    package var socket: String?
    package var tunnelCommand: String?
    package var sourceAddress: String?
    /// The other program deletes what it fetched.
    package var deletes = true
    package var folder: Folder?
    /// Its list of unique-ids; absolute.
    package var uniqueIDFile: String

    package init(line: Int, name: String, host: String, tls: TLS, user: String, uniqueIDFile: String) {
        self.line = line
        self.name = name
        self.host = host
        self.tls = tls
        self.user = user
        self.uniqueIDFile = uniqueIDFile
    }

    /// How reports call an account that has no name of its own: as manifests do.
    static func name(user: String, host: String) -> String { user.hasSuffix("@\(host)") ? user : "\(user)@\(host)" }
}

extension [ForeignAccount] {
    /// Those that share a user and a host get their port, and then a number, behind it.
    mutating func giveNamesOfTheirOwn() {
        var taken: Set<String> = []
        /// The last number behind a name.
        var numbers: [String: Int] = [:]
        for index in indices {
            var name = self[index].name
            if taken.contains(name), let port = self[index].port { name += ":\(port)" }
            let stem = name
            while !taken.insert(name).inserted {
                numbers[stem, default: 1] += 1
                name = "\(stem) (\(numbers[stem]!))"
            }
            self[index].name = name
        }
    }
}

extension ForeignAccount.Secret: CustomStringConvertible, CustomReflectable {
    package var description: String { "secret (hidden)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Mechanisms by the names that other programs give them.
enum ForeignMechanism {
    /// `nil` is one that mailcask does not have.
    static func name(_ foreign: String) -> String? {
        let known: Set<String> = [
            "user", "plain", "scram-sha-1", "scram-sha-256", "apop", "cram-md5", "digest-md5", "login", "ntlm",
            "oauthbearer", "xoauth2", "external", "gssapi",
        ]
        return known.contains(foreign.lowercased()) ? foreign.lowercased() : nil
    }
}
