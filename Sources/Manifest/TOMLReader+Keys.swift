/// One part of a dotted key.
struct KeyPart {
    var name: String
    var span: Range<Int>
}

extension TOMLReader {
    /// `a`, `"a b"`, or `a.'b c'.d`
    mutating func readKey() throws(TOMLFailure) -> [KeyPart] {
        var parts: [KeyPart] = []
        while true {
            skipBlanks()
            let start = at
            let name: String
            switch peek {
            case TOMLByte.quote?, TOMLByte.apostrophe?:
                if isTriple(peek!) {
                    throw failure("a key cannot be a multi-line string", remedy: "write it with single quotes")
                }
                name = try readString()
            case let byte? where TOMLByte.isBareKey(byte):
                while let byte = peek, TOMLByte.isBareKey(byte) { at += 1 }
                name = source.text(start..<at)
            default:
                throw failure(
                    "a key is expected here",
                    remedy:
                        "a key has letters, digits, \"-\" and \"_\"; put others in quotes; comments begin with \"#\"")
            }
            parts.append(KeyPart(name: name, span: start..<at))
            guard parts.count <= Self.depthLimit else {
                throw failure("the key has more than \(Self.depthLimit) parts", remedy: "no key has dots in it")
            }
            let end = at
            skipBlanks()
            guard peek == TOMLByte.dot else {
                at = end
                return parts
            }
            at += 1
        }
    }

    // MARK: - Bytes

    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    func peek(_ distance: Int) -> UInt8? { at + distance < bytes.count ? bytes[at + distance] : nil }

    /// The end of the text, LF or CRLF.
    var isLineEnd: Bool {
        peek == nil || peek == TOMLByte.lineFeed
            || (peek == TOMLByte.carriageReturn && peek(1) == TOMLByte.lineFeed)
    }

    mutating func skipBlanks() {
        while peek == TOMLByte.space || peek == TOMLByte.tab { at += 1 }
    }

    /// A comment, if any, up to the end of its line.
    mutating func skipComment() throws(TOMLFailure) {
        guard peek == TOMLByte.hash else { return }
        source.comment(at: at)
        while !isLineEnd {
            guard !TOMLByte.isForbidden(bytes[at]) else {
                throw failure("there is a control character in the comment", remedy: "delete it")
            }
            at += 1
        }
    }

    /// Blanks, a comment and the end of the line, which must follow a statement.
    mutating func finishLine() throws(TOMLFailure) {
        skipBlanks()
        try skipComment()
        guard isLineEnd else {
            throw failure(
                "something follows where the line should end",
                remedy: "write one key = value in a line, and text in quotes; a quote inside is written \\\"")
        }
        if peek == TOMLByte.carriageReturn { at += 1 }
        if peek != nil { at += 1 }
    }

    /// Blanks, comments and line ends, as they may stand between the elements of an array.
    mutating func skipBlankLines() throws(TOMLFailure) {
        while true {
            skipBlanks()
            try skipComment()
            guard isLineEnd, peek != nil else { return }
            at += peek == TOMLByte.carriageReturn ? 2 : 1
        }
    }

    /// A failure at the byte that comes next.
    func failure(_ message: String, remedy: String) -> TOMLFailure {
        TOMLFailure(span: at..<min(at + 1, bytes.count), message: message, remedy: remedy)
    }
}
