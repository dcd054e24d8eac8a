extension TOMLReader {
    /// Any value. `path` is the key it belongs to, for what may be shown of it.
    mutating func readValue(depth: Int, path: [String]) throws(TOMLFailure) -> Node {
        let start = at
        guard depth < Self.depthLimit else {
            throw failure("values are nested more than \(Self.depthLimit) deep", remedy: "no key needs that")
        }
        let content: Node.Content
        switch peek {
        case TOMLByte.quote?, TOMLByte.apostrophe?: content = .string(try readString())
        case TOMLByte.openBracket?: content = .array(try readArray(depth: depth, path: path))
        case TOMLByte.openBrace?: content = .table(try readInlineTable(depth: depth, path: path))
        default: content = try readWord()
        }
        return Node(content: content, span: start..<at)
    }

    private mutating func readArray(depth: Int, path: [String]) throws(TOMLFailure) -> ArrayNode {
        let array = ArrayNode(isOfTables: false)
        let start = at
        at += 1
        while true {
            try skipBlankLines()
            if peek == TOMLByte.closeBracket { break }
            guard peek != nil else { throw unclosed(start, "array", "]") }
            array.elements.append(try readValue(depth: depth + 1, path: path))
            try skipBlankLines()
            if peek == TOMLByte.closeBracket { break }
            guard peek != nil else { throw unclosed(start, "array", "]") }
            guard peek == TOMLByte.comma else {
                throw failure("the elements of the array are not separated", remedy: "put a comma between them")
            }
            at += 1
        }
        at += 1
        return array
    }

    private mutating func readInlineTable(depth: Int, path: [String]) throws(TOMLFailure) -> TableNode {
        let start = at
        let table = TableNode(origin: .dottedKey, span: start..<(start + 1))
        at += 1
        skipBlanks()
        while peek != TOMLByte.closeBrace {
            guard !isLineEnd else { throw unclosed(start, "inline table", "}") }
            try readPair(into: table, path: path, depth: depth + 1)
            skipBlanks()
            if peek == TOMLByte.closeBrace { break }
            guard !isLineEnd else { throw unclosed(start, "inline table", "}") }
            guard peek == TOMLByte.comma else {
                throw failure("the keys of the inline table are not separated", remedy: "put a comma between them")
            }
            at += 1
            skipBlanks()
            guard peek != TOMLByte.closeBrace else {
                throw failure("a comma before \"}\" is not allowed", remedy: "take the comma away")
            }
        }
        at += 1
        table.origin = .inline
        return table
    }

    private func unclosed(_ start: Int, _ what: String, _ end: String) -> TOMLFailure {
        let place = what == "inline table" ? " in the same line" : ""
        return TOMLFailure(
            span: start..<(start + 1), message: "the \(what) does not end", remedy: "close it with \"\(end)\"\(place)")
    }

    /// A number, a boolean or a date: what is written without quotes.
    private mutating func readWord() throws(TOMLFailure) -> Node.Content {
        let start = at
        while let byte = peek, isWordByte(byte) { at += 1 }
        if TOMLNumber.isDate(source.text(start..<at)), peek == TOMLByte.space, let next = peek(1),
            TOMLByte.isDigit(next)
        {
            at += 1
            while let byte = peek, isWordByte(byte) { at += 1 }
        }
        let span = start..<at
        let word = source.text(span)
        if word.isEmpty {
            at = start
            if isLineEnd || peek == TOMLByte.hash {
                throw failure("there is no value after the \"=\"", remedy: "write one, or delete the key")
            }
            throw failure("this is not a value", remedy: "put text in plain double quotes")
        }
        if let content = TOMLNumber.content(of: word) { return content }
        let isWhole = word.allSatisfy { $0.isASCII && ($0.isNumber || $0 == "+" || $0 == "-") }
        let message = isWhole ? "this is not a number that fits" : "this is not a value"
        let remedy =
            isWhole
            ? "numbers have no leading zeros and at most 63 bits; put text in quotes"
            : "put text in quotes; truth values are true and false, in small letters"
        throw TOMLFailure(span: span, message: message, remedy: remedy)
    }

    private func isWordByte(_ byte: UInt8) -> Bool {
        TOMLByte.isBareKey(byte) || byte == 0x2B || byte == 0x2E || byte == 0x3A
    }
}
