import Foundation
import Testing

@testable import Manifest

/// Holds README.md against the package.
@Suite struct ReadmeTests {
    let text: String

    init() throws { text = try Package.text("README.md") }

    @Test("every file that it names is there") func files() throws {
        let spans = text.matches(of: /`([^`\n]+)`/).flatMap { $0.1.split(separator: " ") }
        let links = text.matches(of: /\]\(([^)]+)\)/).map { $0.1 }.filter { !$0.contains("://") }
        let roots = ["Sources/", "Tests/", "Fixtures/", "man/", "Package.swift"]
        let named = Set((spans + links).map(String.init).filter { name in roots.contains(where: name.hasPrefix) })
        #expect(named.count >= 8)
        for name in named where !name.contains("*") {
            let path = Package.root.appending(path: name).path
            #expect(FileManager.default.fileExists(atPath: path), "there is no \(name)")
        }
    }

    @Test("it names every command, and no other, in its table") func commands() throws {
        let rows = text.matches(of: /\n\| `mailcask ([a-z]+)/).map { String($0.1) }
        let commands = try Program.described().commands
        #expect(rows.sorted() == commands.map(\.commandName).sorted())
    }

    @Test("it names every module in its table") func modules() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Package.root.appending(path: "Sources").path)
        #expect(folders.count >= 10)
        for module in folders { #expect(text.contains("`\(module)`"), "\(module) is missing") }
    }

    @Test("its manifest is one, and short") func manifest() throws {
        let block = try #require(text.firstMatch(of: /```toml\n((?:.|\n)*?)```/)).1
        let folder = FileManager.default.temporaryDirectory.appending(path: "mailcask-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "accounts.toml")
        try block.write(to: file, atomically: true, encoding: .utf8)
        let manifest = try Manifest.load(path: file.path)
        #expect(manifest.accounts.count == 1)
        #expect(manifest.warnings.isEmpty)
        #expect(block.split(separator: "\n").count <= 6)
    }

    @Test("the flags that it gives to commands are theirs") func commandFlags() throws {
        let commands = try Program.described().commands
        var count = 0
        for use in text.matches(of: /mailcask ([a-z]+)( [^`\n]*)/) {
            guard let command = commands.first(where: { $0.commandName == use.1 }) else { continue }
            let used = flags(in: String(use.2))
            #expect(used.isSubset(of: command.flags), "mailcask \(use.1)\(use.2)")
            count += used.count
        }
        #expect(count > 0)
    }
}
