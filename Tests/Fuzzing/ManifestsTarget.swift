import Manifest

/// A manifest, and the CSV file behind a line `%%%`, become accounts within their bounds or complaints at places that
/// there are; no complaint shows a password.
enum ManifestsTarget {
    private static let password = "hunter2hunter2"

    static func check(_ input: [UInt8]) {
        let (manifest, table) = parts(of: input)
        checkDiagnostics(read(manifest, table), manifest, table)
        guard !contains(input, password) else { return }
        var random = Seeded(Arrival.fingerprint(of: input))
        let starts = [0] + manifest.indices.filter { manifest[$0] == 10 }.map { $0 + 1 }
        let start = starts.randomElement(using: &random)!
        let withPassword = manifest[..<start] + Array("password = \"\(password)\"\n".utf8) + manifest[start...]
        for diagnostic in read(Array(withPassword), table) {
            holds(!diagnostic.rendered().contains("unter2"), "no complaint shows a password:\n\(diagnostic.rendered())")
        }
    }

    /// What is wrong with a manifest, warnings included.
    private static func read(_ manifest: [UInt8], _ table: [UInt8]) -> [Diagnostic] {
        do {
            let files = files(manifest, table)
            let result = try Manifest.load(path: "/etc/accounts.toml", files: files)
            holds(!result.accounts.isEmpty, "a manifest has accounts")
            for account in result.accounts {
                holds((1...200).contains(account.name.count), "an account has a name of at most 200 characters")
                holds(account.port > 0 && !account.host.isEmpty && !account.user.isEmpty, "an account is complete")
                holds(!account.user.utf8.contains { [0, 10, 13].contains($0) }, "a user is one line")
            }
            holds(!result.warnings.contains { $0.severity == .error }, "a good manifest has no errors")
            return result.warnings
        } catch {
            holds(error.diagnostics.contains { $0.severity == .error }, "a bad manifest has errors")
            return error.diagnostics
        }
    }

    private static func checkDiagnostics(_ diagnostics: [Diagnostic], _ manifest: [UInt8], _ table: [UInt8]) {
        let lineCount = max(manifest.count { $0 == 10 }, table.count { $0 == 10 }) + 1
        for diagnostic in diagnostics {
            let shown = diagnostic.sourceLine.unicodeScalars.count
            holds((1...lineCount).contains(diagnostic.location.line), "a complaint is about a line that is there")
            holds(diagnostic.location.column >= 1, "columns count from 1")
            holds(diagnostic.caretOffset >= 0 && diagnostic.caretWidth >= 1, "a caret stands somewhere")
            holds(diagnostic.caretOffset + diagnostic.caretWidth <= shown + 1, "a caret stands below the line")
            let isSafe = diagnostic.rendered().unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control || $0 == "\n"
            }
            holds(isSafe, "a complaint is safe to print")
            holds(!diagnostic.message.isEmpty && !diagnostic.remedy.isEmpty, "a complaint says what and what to do")
        }
    }

    private static func files(_ manifest: [UInt8], _ table: [UInt8]) -> ManifestFiles {
        ManifestFiles(
            home: "/home/ann", workingDirectory: "/here",
            read: { path throws(ManifestFiles.Failure) in path == "/etc/accounts.toml" ? manifest : table },
            status: { _ in .init(mode: 0o644) })
    }

    private static func parts(of input: [UInt8]) -> (manifest: [UInt8], table: [UInt8]) {
        let mark = Array("%%%\n".utf8)
        guard let at = input.firstRange(of: mark) else { return (input, []) }
        return (Array(input[..<at.lowerBound]), Array(input[at.upperBound...]))
    }

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool { bytes.firstRange(of: text.utf8) != nil }
}
