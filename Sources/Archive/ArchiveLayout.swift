package import Mail

/// The names inside an archive's folder and inside its volumes. Written down in mailcask-archive(5).
package struct ArchiveLayout: Sendable {
    /// The version of the format that this code writes and reads.
    package static let formatVersion = 1

    /// The folder, absolute or relative to the working folder.
    package let root: String

    package init(root: String) { self.root = root }

    package func path(_ relative: String) -> String { "\(root)/\(relative)" }

    package var volumes: String { path("volumes") }
    package var catalog: String { path("catalog.sqlite") }
    package var checksums: String { path("manifest-sha256.txt") }
    package var recoverText: String { path("RECOVER.txt") }
    package var lock: String { path("lock") }
    package var repackJournal: String { path("repack.journal") }

    /// `volumes/000001.tar.gz`, relative to the root.
    package static func volume(_ number: Int) -> String { "volumes/\(sixDigits(number)).tar.gz" }

    /// The number of a volume from its name in the folder; `nil` for other names.
    package static func volumeNumber(ofName name: String) -> Int? {
        guard name.hasSuffix(".tar.gz"), let number = Int(name.dropLast(7)), numbers.contains(number),
            volume(number) == "volumes/\(name)"
        else { return nil }
        return number
    }

    /// What a file of mail may be numbered; there is always a next one.
    private static let numbers = 1..<1_000_000_000

    /// Whether a path relative to the root is that of a volume or an mbox.
    package static func isMailFile(_ path: String) -> Bool { volumeNumber(ofPath: path) != nil || isMbox(path) }

    /// The number of a volume from its path relative to the root; `nil` for other paths.
    package static func volumeNumber(ofPath path: String) -> Int? {
        path.hasPrefix("volumes/") ? volumeNumber(ofName: String(path.dropFirst(8))) : nil
    }

    /// `parts/AB/SHA256`, inside a volume.
    package static func part(_ digest: Digest) -> String {
        let hex = digest.hex
        return "parts/\(hex.prefix(2))/\(hex)"
    }

    /// `mail/ACCOUNT/SHA256.eml`: a message that is kept whole, inside a volume.
    package static func whole(account: String, _ digest: Digest) -> String {
        "mail/\(SafeName.escaped(account))/\(digest.hex).eml"
    }

    /// `mail/ACCOUNT/SHA256.parts`: the list of a message's segments, inside a volume.
    package static func list(account: String, _ digest: Digest) -> String {
        "mail/\(SafeName.escaped(account))/\(digest.hex).parts"
    }

    /// `runs/RUN/0001.jsonl`: what a group of messages taught, inside a volume.
    package static func record(run: String, group: Int) -> String {
        let digits = String(group)
        return "runs/\(run)/\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits).jsonl"
    }

    /// `mbox/ACCOUNT/000001.mbox.gz`, relative to the root.
    package static func mbox(account: String, _ number: Int) -> String {
        "mbox/\(SafeName.escaped(account))/\(sixDigits(number)).mbox.gz"
    }

    /// Whether a path relative to the root is one that `mbox` gives for some account.
    package static func isMbox(_ path: String) -> Bool {
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        guard names.count == 3, names[0] == "mbox", !names[1].isEmpty, !names[1].hasPrefix("."),
            names[2].hasSuffix(".mbox.gz"), let number = Int(names[2].dropLast(8)), numbers.contains(number)
        else { return false }
        return names[2] == "\(sixDigits(number)).mbox.gz"
    }

    /// The number of an mbox file from its path relative to the root; `nil` for other paths.
    package static func mboxNumber(ofPath path: String) -> Int? {
        isMbox(path) ? path.split(separator: "/").last.flatMap { Int($0.dropLast(8)) } : nil
    }

    /// `damaged/PATH`, relative to the root: where a repair moves a damaged file.
    package static func setAside(_ path: String) -> String { "damaged/\(path)" }

    /// The digest that the path of a part or of a whole message carries; `nil` for other paths.
    package static func digest(ofContent path: Substring) -> Digest? {
        let name = path.split(separator: "/").last ?? ""
        return Digest(hex: name.hasSuffix(".eml") ? name.dropLast(4) : name)
    }

    private static func sixDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    }
}
