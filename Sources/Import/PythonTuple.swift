/// Reads a tuple of strings as Python writes it: `("pass", "show", 'mail/ann')`.
enum PythonTuple {
    /// - Returns: `nil` where it is none, or holds something else.
    static func strings(_ text: String) -> [String]? {
        var rest = text[...].drop(while: \.isWhitespace)
        guard rest.popFirst() == "(" else { return nil }
        var strings: [String] = []
        while true {
            rest = rest.drop(while: \.isWhitespace)
            guard let mark = rest.popFirst() else { return nil }
            if mark == ")" { break }
            guard mark == "\"" || mark == "'", let string = string(&rest, mark) else { return nil }
            strings.append(string)
            rest = rest.drop(while: \.isWhitespace)
            if rest.first == "," {
                rest.removeFirst()
            } else if rest.first != ")" {
                return nil
            }
        }
        return rest.allSatisfy(\.isWhitespace) ? strings : nil
    }

    /// Behind the opening quote, up to and with the closing one; of escapes it knows those of quotes and backslashes.
    private static func string(_ rest: inout Substring, _ mark: Character) -> String? {
        var text = ""
        while let character = rest.popFirst() {
            if character == mark { return text }
            if character == "\n" { return nil }
            if character == "\\" {
                guard let escaped = rest.popFirst(), ["\\", "'", "\""].contains(escaped) else { return nil }
                text.append(escaped)
            } else {
                text.append(character)
            }
        }
        return nil
    }
}

/// Words as one command of sh(1).
enum ShellWords {
    static func command(_ words: [String]) -> String {
        words.map { word in
            let isPlain = !word.isEmpty && word.utf8.allSatisfy(Self.isPlain)
            return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
        }.joined(separator: " ")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-_./@+=:,%".utf8.contains(byte)
        }
    }
}
