import Foundation
import Testing

/// The files of the package, found from this one.
enum Package {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}

/// A page of the manual, with roff's escapes taken out, cut at its `.SH` and `.SS` headings.
struct ManualPage {
    let name: String
    let text: String
    private let sections: [(level: String, title: String, body: String)]

    init(_ name: String) throws {
        self.name = name
        var text = try Package.text("man/\(name)")
        for (escape, plain) in [("\\-", "-"), ("\\(dq", "\""), ("\\(ti", "~"), ("\\(ha", "^"), ("\\&", "")] {
            text = text.replacing(escape, with: plain)
        }
        self.text = text
        var sections: [(level: String, title: String, body: String)] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(".SH ") || line.hasPrefix(".SS ") {
                let title = line.dropFirst(4).filter { $0 != "\"" }
                sections.append((String(line.prefix(3)), String(title), ""))
            } else if !sections.isEmpty {
                sections[sections.count - 1].body += line + "\n"
            }
        }
        self.sections = sections
    }

    /// The text under a heading; that of a `.SH` goes on through its `.SS`.
    func section(_ title: String) throws -> String {
        let found = sections.firstIndex { $0.title == title }
        let index = try #require(found, "\(name) has no section \"\(title)\"")
        let section = sections[index]
        guard section.level == ".SH" else { return section.body }
        return section.body + sections[(index + 1)...].prefix { $0.level == ".SS" }.map(\.body).joined()
    }

    /// The headings below a `.SH`.
    func subsections(of title: String) throws -> [String] {
        let found = sections.firstIndex { $0.title == title && $0.level == ".SH" }
        let index = try #require(found, "\(name) has no section \"\(title)\"")
        return sections[(index + 1)...].prefix { $0.level == ".SS" }.map(\.title)
    }
}

/// What a piece of a page sets in bold at the start of a paragraph that hangs (`.TP`): the words that it explains.
func explained(in body: String) -> [String] {
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    return zip(lines, lines.dropFirst()).flatMap { $0 == ".TP" ? bold(in: $1) : [] }
}

/// The arguments that `.B` sets in bold, or the odd ones of `.BR` and `.BI`.
private func bold(in line: Substring) -> [String] {
    guard let macro = [".B", ".BR", ".BI"].first(where: { line.hasPrefix("\($0) ") }) else { return [] }
    let arguments = line.matches(of: #/ (?:"([^"]*)"|([^ "]+))/#).map { String($0.1 ?? $0.2 ?? "") }
    return arguments.indices.filter { macro == ".B" || $0.isMultiple(of: 2) }.map { arguments[$0] }
}

/// The long flags that stand in a text.
func flags(in text: String) -> Set<String> {
    Set(text.matches(of: /(?:^|[\s\[(])(--[a-z][a-z-]*)/).map { String($0.1) })
}
