extension TOMLReader {
    /// Whether a multi-line string begins here.
    func isTriple(_ mark: UInt8) -> Bool { peek == mark && peek(1) == mark && peek(2) == mark }

    /// A string of any of the four kinds; the next byte is its opening quote.
    mutating func readString() throws(TOMLFailure) -> String {
        let start = at
        let mark = bytes[at]
        let isMultiLine = isTriple(mark)
        at += isMultiLine ? 3 : 1
        if isMultiLine, isLineEnd, peek != nil { at += peek == TOMLByte.carriageReturn ? 2 : 1 }
        var text: [UInt8] = []
        // What went wrong first; the string is read to its end all the same, so that none of it is taken for keys.
        var problem: TOMLFailure?
        while true {
            guard let byte = peek, isMultiLine || !isLineEnd else {
                throw TOMLFailure(
                    span: start..<(start + (isMultiLine ? 3 : 1)), message: "the string does not end",
                    remedy: isMultiLine
                        ? "close it with three quotes"
                        : "close it with the same quote in the same line; in double quotes, write a quote as \\\"")
            }
            if byte == mark {
                guard isMultiLine else {
                    at += 1
                    break
                }
                if isTriple(mark) {
                    // Up to two quotes may stand before the closing three.
                    for _ in 0..<2 where peek(3) == mark {
                        text.append(mark)
                        at += 1
                    }
                    at += 3
                    break
                }
            }
            if byte == TOMLByte.backslash, mark == TOMLByte.quote {
                do { try readEscape(into: &text, isMultiLine: isMultiLine) } catch { problem = problem ?? error }
                continue
            }
            if TOMLByte.isForbidden(byte), !isLineEnd {
                problem =
                    problem ?? failure("there is a control character in the string", remedy: "write it as \\u00XX")
            }
            text.append(byte)
            at += 1
        }
        if let problem { throw problem }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func readEscape(into text: inout [UInt8], isMultiLine: Bool) throws(TOMLFailure) {
        let start = at
        at += 1
        guard let byte = peek, isMultiLine || !isLineEnd else { return }
        switch byte {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "r"): text.append(0x0D)
        case TOMLByte.quote, TOMLByte.backslash: text.append(byte)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            at += 1
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[at..<min(at + count, bytes.count)].prefix { Character(Unicode.Scalar($0)).isHexDigit }
            at += digits.count
            guard digits.count == count, let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            else {
                throw TOMLFailure(
                    span: start..<at, message: "this escape is not a character",
                    remedy: "write \\u and four hexadecimal digits, or \\U and eight")
            }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
            return
        default:
            if isMultiLine, skipContinuation() { return }
            at = start + 1
            let end = min(start + 2, bytes.count)
            throw TOMLFailure(
                span: start..<end, message: "there is no such escape",
                remedy: "write a backslash as \\\\, or put the text in single quotes, where it stands for itself")
        }
        at += 1
    }

    /// A backslash at the end of a line: it takes away the line end and the blanks that follow.
    private mutating func skipContinuation() -> Bool {
        skipBlanks()
        guard isLineEnd, peek != nil else { return false }
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
        return true
    }
}
