/// Reads the words and numbers of a date.
struct DateCursor {
    private let bytes: UnsafeRawBufferPointer
    private var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The byte here; `nil` at the end.
    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// Whether a number and a colon stand here.
    var isTime: Bool {
        var copy = self
        return copy.number(digits: 1...2) != nil && copy.peek == ASCII.colon
    }

    /// Skips white space and comments, which may nest and may hold quoted pairs (RFC 5322, section 3.2.2).
    mutating func skipSpaceAndComments() {
        var depth = 0
        while let byte = peek {
            if byte == ASCII.openParenthesis {
                depth += 1
            } else if depth > 0 {
                if byte == ASCII.closeParenthesis { depth -= 1 }
                if byte == ASCII.backslash { at += 1 }
            } else if !ASCII.isSpace(byte) {
                return
            }
            at += 1
        }
    }

    /// Skips white space, comments, commas, full stops and hyphens: all that may stand between day, month and year.
    mutating func skipSeparators() {
        skipSpaceAndComments()
        while let byte = peek, byte == ASCII.comma || byte == ASCII.dash || byte == ASCII.dot {
            at += 1
            skipSpaceAndComments()
        }
    }

    /// Skips `byte` if it is the next; white space and comments may stand around it (section 4.3).
    mutating func skip(_ byte: UInt8) -> Bool {
        let start = at
        skipSpaceAndComments()
        guard peek == byte else {
            at = start
            return false
        }
        at += 1
        skipSpaceAndComments()
        return true
    }

    mutating func skipDigits() {
        while let byte = peek, ASCII.isDigit(byte) { at += 1 }
    }

    /// A number of that many digits, at most nine; `nil`, and nothing skipped, when there is none.
    mutating func number(digits: ClosedRange<Int>) -> Int? {
        let start = at
        var value = 0
        while let byte = peek, ASCII.isDigit(byte), at - start <= digits.upperBound {
            value = value * 10 + Int(byte - 0x30)
            at += 1
        }
        guard digits.contains(at - start) else {
            at = start
            return nil
        }
        return value
    }

    /// The letters behind white space and comments, lower-case, at most 15; empty when there are none.
    mutating func word() -> String {
        skipSpaceAndComments()
        var word = ""
        while let byte = peek, ASCII.isLetter(byte), word.utf8.count < 15 {
            word.unicodeScalars.append(Unicode.Scalar(byte | 0x20))
            at += 1
        }
        return word
    }
}
