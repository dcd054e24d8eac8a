import Manifest

/// Files that exist in a test only.
struct FakeFiles {
    /// The text of each, by absolute path.
    var texts: [String: String] = [:]
    /// The permission bits of those that do not have 0o600.
    var modes: [String: UInt32] = [:]
    var directories: Set<String> = []
    var unreadable: Set<String> = []

    var files: ManifestFiles {
        ManifestFiles(
            home: "/home/ann", workingDirectory: "/here",
            read: { path throws(ManifestFiles.Failure) in
                guard let text = texts[path] else { throw ManifestFiles.Failure(reason: "No such file or directory") }
                return Array(text.utf8)
            },
            status: { path in
                if directories.contains(path) { return .init(isRegular: false, isDirectory: true, mode: 0o755) }
                guard texts[path] != nil else { return nil }
                return .init(isReadable: !unreadable.contains(path), mode: modes[path] ?? 0o600)
            })
    }

    /// A manifest at `/here/etc/accounts.toml`, which the user called `etc/accounts.toml`.
    func parse(_ text: String, mode: UInt32 = 0o600) throws(ManifestError) -> Manifest {
        try Manifest.parse(text: text, path: "etc/accounts.toml", mode: mode, files: files)
    }

    /// What is wrong with a manifest: `line:column: severity: message` for each, the file before all but the first.
    func complaints(_ text: String, mode: UInt32 = 0o600) -> [String] {
        let diagnostics: [Diagnostic]
        do { diagnostics = try parse(text, mode: mode).warnings } catch { diagnostics = error.diagnostics }
        return diagnostics.map { item in
            let file = item.location.file == "etc/accounts.toml" ? "" : item.location.file + ":"
            return "\(file)\(item.location.line):\(item.location.column): \(item.severity): \(item.message)"
        }
    }
}

/// What every good manifest of these tests begins with, in two lines.
let archive = "[archive]\npath = \"/a\"\n"
/// The least an account needs, in four lines.
let account = "[[account]]\nhost = \"pop.example.org\"\nuser = \"ann\"\npassword-env = \"PW\"\n"
