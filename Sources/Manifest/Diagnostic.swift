/// One complaint about a manifest: where, what, and what to do about it. It never holds a secret.
package struct Diagnostic: Sendable, Hashable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// The manifest cannot be used.
        case error
        /// The manifest can be used; its owner should know.
        case warning
    }

    package var severity: Severity
    package var location: SourceLocation
    /// What is wrong, in one line.
    package var message: String
    /// What to do about it, in one line.
    package var remedy: String
    /// The line as it may be shown: secrets masked, control characters escaped, long lines cut around the caret.
    /// Empty where there is no line to show, as for a file that does not exist.
    package var sourceLine: String
    /// How many characters of `sourceLine` stand before the caret.
    package var caretOffset: Int
    /// How many characters of `sourceLine` the caret underlines, at least 1.
    package var caretWidth: Int

    /// ```
    /// accounts.toml:12:1: error: there is no key "pasword" in [[account]]
    ///   12 | pasword = "***"
    ///      | ^~~~~~~
    ///   remedy: did you mean "password"?
    /// ```
    package func rendered() -> String {
        var text = "\(location): \(severity.rawValue): \(message)\n"
        if !sourceLine.isEmpty {
            let number = String(location.line)
            text += "  \(number) | \(sourceLine)\n"
            text += "  \(String(repeating: " ", count: number.count)) | "
            text += String(repeating: " ", count: caretOffset) + "^"
            text += String(repeating: "~", count: max(0, caretWidth - 1)) + "\n"
        }
        return text + "  remedy: \(remedy)"
    }

    package var description: String { rendered() }
}
