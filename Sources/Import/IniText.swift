/// Reads INI text as Python's `RawConfigParser` does: `[section]`, `key = value` or `key: value`, values that go on in
/// indented lines, and comments that begin a line.
struct IniText {
    struct Entry {
        var section: String
        /// In small letters.
        var key: String
        var value: String
        /// From 1.
        var line: Int
    }

    private(set) var entries: [Entry] = []
    private(set) var sections: [(name: String, line: Int)] = []
    private(set) var mistakes: [(line: Int, text: String)] = []

    init(_ text: String) {
        var number = 0
        var section: String?
        var names: Set<String> = []
        var keys: Set<[String]> = []
        // The column of the last key; `nil` where no value can go on.
        var column: Int?
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let content = line.trimmed
            if content.isEmpty || content.first == "#" || content.first == ";" { continue }
            let indent = line.prefix { $0.isBlank }.count
            if let start = column, indent > start {
                entries[entries.count - 1].value += "\n" + content
                continue
            }
            if content.first == "[", let end = content.firstIndex(of: "]") {
                let name = String(content[content.index(after: content.startIndex)..<end])
                if !names.insert(name).inserted {
                    mistakes.append((number, "there is a section of this name already"))
                }
                sections.append((name, number))
                section = name
                column = nil
                continue
            }
            guard let section else {
                mistakes.append((number, "the line stands before the first [section]"))
                continue
            }
            guard let sign = content.firstIndex(where: { $0 == "=" || $0 == ":" }), sign != content.startIndex else {
                mistakes.append((number, "the line is neither a [section] nor a key with a value"))
                continue
            }
            let key = content[..<sign].trimmed.lowercased()
            if !keys.insert([section, key]).inserted {
                mistakes.append((number, "the section has this key already"))
            }
            let value = String(content[content.index(after: sign)...].trimmed)
            entries.append(Entry(section: section, key: key, value: value, line: number))
            column = indent
        }
    }
}
