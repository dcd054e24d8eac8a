/// What a job is to do: the archive it writes, how much it does at once, and the maildrops it drains.
///
/// The module turns TOML text, and CSV for bulk jobs, into validated accounts. Every complaint says where, with the
/// line, a caret and a remedy; all of them come at once. No secret is read here, and none is ever shown.
package struct Manifest: Sendable {
    /// The manifest's file as the user named it.
    package var path: String
    package var archive: ArchiveSettings
    package var job: JobSettings
    /// In the order of the manifest, then of its CSV files; at least one.
    package var accounts: [Account]
    /// What the owner should know although the manifest can be used.
    package var warnings: [Diagnostic]

    /// Reads a manifest and the CSV files that it names.
    ///
    /// - Throws: `ManifestError` with everything that is wrong.
    package static func load(path: String, files: ManifestFiles = .system) throws(ManifestError) -> Manifest {
        let bytes: [UInt8]
        do {
            bytes = try files.read(path)
        } catch {
            let shown = SourceCell.escaped(path)
            let diagnostic = Diagnostic(
                severity: .error, location: SourceLocation(file: shown, line: 1, column: 1),
                message: "the manifest cannot be read: \(error.reason)",
                remedy: "check the path and its permissions; man 5 mailcask-manifest shows how to write one",
                sourceLine: "", caretOffset: 0, caretWidth: 1)
            throw ManifestError(diagnostics: [diagnostic])
        }
        return try parse(bytes: bytes, path: path, mode: files.status(path)?.mode ?? 0, files: files)
    }

    /// Parses the text of a manifest.
    ///
    /// - Parameters:
    ///   - path: where the text comes from; relative paths in it start from that folder.
    ///   - mode: the permission bits of that file.
    ///   - files: the CSV files, and what exists.
    /// - Throws: `ManifestError` with everything that is wrong.
    package static func parse(
        text: String, path: String, mode: UInt32 = 0o600, files: ManifestFiles = .system
    ) throws(ManifestError) -> Manifest {
        try parse(bytes: Array(text.utf8), path: path, mode: mode, files: files)
    }

    static func parse(
        bytes: [UInt8], path: String, mode: UInt32, files: ManifestFiles
    ) throws(ManifestError) -> Manifest {
        let source = SourceText(name: path, bytes: bytes)
        var checker = ManifestChecker(
            files: files, paths: ManifestPaths(manifest: path, files: files), source: source)
        guard checker.isText(source) else { throw ManifestError(diagnostics: checker.complaints.sorted) }
        let settings = checker.check(mode: mode)
        let diagnostics = checker.complaints.sorted
        guard !checker.complaints.hasErrors, let archive = settings.archive else {
            throw ManifestError(diagnostics: diagnostics)
        }
        return Manifest(
            path: path, archive: archive, job: settings.job, accounts: checker.accounts, warnings: diagnostics)
    }
}
