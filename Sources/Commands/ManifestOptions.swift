import ArgumentParser
import Manifest
import Platform

/// The manifest, and which of its accounts.
struct ManifestOptions: ParsableArguments {
    @Argument(help: "The manifest: see mailcask-manifest(5).", completion: .file(extensions: ["toml"]))
    var manifest: String

    @Option(name: .long, help: "Only this account; may be given several times.")
    var account: [String] = []

    /// Reads the manifest, tells its warnings, and picks the accounts.
    /// - Throws: `ManifestError`, `ExitStatus.notFound`.
    func load() throws -> (manifest: Manifest, accounts: [Account]) {
        let loaded = try Manifest.load(path: manifest)
        for warning in loaded.warnings { Terminal.writeToStandardError("\(warning.rendered())\n") }
        guard !account.isEmpty else { return (loaded, loaded.accounts) }
        let names = Set(loaded.accounts.map(\.name))
        for name in account where !names.contains(name) {
            Terminal.writeToStandardError("mailcask: the manifest has no account named \"\(name)\"\n")
            throw ExitStatus.notFound
        }
        return (loaded, loaded.accounts.filter { account.contains($0.name) })
    }
}
