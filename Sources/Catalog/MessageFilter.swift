/// Which messages are meant: all that match every part that is set.
package struct MessageFilter: Sendable {
    /// Names of accounts; empty means all.
    package var accounts: [String] = []
    /// Words that the header must hold, in any indexed field; a trailing `*` matches beginnings.
    package var words: [String] = []
    package var from: String?
    /// In To or Cc.
    package var to: String?
    package var subject: String?
    /// By the topmost Received field, else by Date: seconds since 1970, `since` inclusive, `before` exclusive.
    package var since: Int64?
    package var before: Int64?

    package init() {}

    /// The query of the full-text index; `nil` when no words are asked for (SQLite FTS5, "Full-text Query Syntax").
    var fullTextQuery: String? {
        var terms = words.flatMap(Self.terms)
        if let from { terms += Self.terms(from).map { "sender : \($0)" } }
        if let to { terms += Self.terms(to).map { "{recipients cc} : \($0)" } }
        if let subject { terms += Self.terms(subject).map { "subject : \($0)" } }
        return terms.isEmpty ? nil : terms.joined(separator: " AND ")
    }

    /// Each word of a text as a quoted string, so that nothing in it is taken for syntax.
    private static func terms(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).compactMap { word in
            let isPrefix = word.hasSuffix("*")
            let plain = (isPrefix ? word.dropLast() : word).filter { $0 != "\"" && $0 != "\0" }
            guard plain.contains(where: { $0.isLetter || $0.isNumber }) else { return nil }
            return "\"\(plain)\"" + (isPrefix ? "*" : "")
        }
    }
}
