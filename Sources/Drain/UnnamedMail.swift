import Archive
import Mail
import Platform

/// Mail that lies whole in files of the archive, and whose record is lost: no one tells of it but its place.
struct UnnamedMail {
    private let names: [String: String]

    /// - Parameter accounts: names that the archive knows.
    init(accounts: some Sequence<String>) {
        names = Dictionary(accounts.map { (SafeName.escaped($0), $0) }) { first, _ in first }
    }

    /// The account and the message of an entry `mail/ACCOUNT/ID.eml` or `.parts`; `nil` for others.
    func message(of entry: ScannedEntry) -> (account: String, digest: Digest)? {
        let parts = entry.path.split(separator: "/")
        guard parts.count == 3, parts[0] == "mail", let name = parts[2].split(separator: ".").first,
            let digest = Digest(hex: name)
        else { return nil }
        return (account(parts[1]), digest)
    }

    /// The account of a file `mbox/ACCOUNT/NNNNNN.mbox.gz`.
    func account(ofMbox file: String) -> String { account(file.split(separator: "/").dropFirst().first ?? "") }

    private func account(_ escaped: Substring) -> String {
        names[String(escaped)] ?? SafeName.name(escaped: escaped) ?? String(escaped)
    }
}
