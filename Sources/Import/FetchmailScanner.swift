/// Splits the run control file of fetchmail into tokens: words, and strings in quotes with escapes of their own kind.
struct FetchmailScanner {
    struct Token: Equatable {
        var text: String
        var isQuoted: Bool
        /// From 1.
        var line: Int
    }

    private(set) var tokens: [Token] = []
    private(set) var mistakes: [(line: Int, text: String)] = []

    private let bytes: [UInt8]
    private var at = 0
    private var line = 1

    init(_ text: String) {
        bytes = Array(text.utf8)
        while let byte = peek { scan(byte) }
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func scan(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\n"):
            line += 1
            at += 1
        case UInt8(ascii: "#"):
            while let byte = peek, byte != UInt8(ascii: "\n") { at += 1 }
        case UInt8(ascii: "\""), UInt8(ascii: "'"): scanString(byte)
        case _ where Self.isSeparator(byte): at += 1
        default:
            let start = at
            while let byte = peek, !Self.isSeparator(byte), byte != UInt8(ascii: "\n") { at += 1 }
            tokens.append(Token(text: String(decoding: bytes[start..<at], as: UTF8.self), isQuoted: false, line: line))
        }
    }

    /// Blanks, and the punctuation that fetchmail ignores; `=` stands between names only.
    private static func isSeparator(_ byte: UInt8) -> Bool { " \t\r,;:=".utf8.contains(byte) }

    private mutating func scanString(_ mark: UInt8) {
        let first = line
        at += 1
        var text: [UInt8] = []
        while let byte = peek, byte != mark {
            at += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if byte == UInt8(ascii: "\\") { scanEscape(into: &text) } else { text.append(byte) }
        }
        if peek == nil { return mistakes.append((first, "the string has no end")) }
        at += 1
        guard let string = String(validating: text, as: UTF8.self) else {
            return mistakes.append((first, "the string is not UTF-8"))
        }
        tokens.append(Token(text: string, isQuoted: true, line: first))
    }

    /// `\n`, `\t`, `\b`, `\r`, `\xHH`, octal with a leading 0, decimal without; else what follows the backslash.
    private mutating func scanEscape(into text: inout [UInt8]) {
        guard let byte = peek else { return }
        switch byte {
        case UInt8(ascii: "\n"):
            line += 1
            at += 1
        case UInt8(ascii: "n"): take(0x0A, into: &text)
        case UInt8(ascii: "t"): take(0x09, into: &text)
        case UInt8(ascii: "b"): take(0x08, into: &text)
        case UInt8(ascii: "r"): take(0x0D, into: &text)
        case UInt8(ascii: "x"):
            at += 1
            takeNumber(radix: 16, digits: 2, into: &text)
        case UInt8(ascii: "0"):
            at += 1
            takeNumber(radix: 8, digits: 3, into: &text)
        case UInt8(ascii: "1")...UInt8(ascii: "9"): takeNumber(radix: 10, digits: 3, into: &text)
        default: take(byte, into: &text)
        }
    }

    private mutating func take(_ byte: UInt8, into text: inout [UInt8]) {
        text.append(byte)
        at += 1
    }

    private mutating func takeNumber(radix: Int, digits: Int, into text: inout [UInt8]) {
        let start = at
        while let byte = peek, at - start < digits, Character(Unicode.Scalar(byte)).hexDigitValue ?? 16 < radix {
            at += 1
        }
        let number = Int(String(decoding: bytes[start..<at], as: UTF8.self), radix: radix) ?? 0
        text.append(UInt8(truncatingIfNeeded: number))
    }
}
