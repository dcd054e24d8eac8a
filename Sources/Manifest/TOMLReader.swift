/// Reads TOML 1.0 into tables whose keys and values know where they stand.
///
/// TOMLKit keeps no positions of values and cuts strings at a NUL, so it cannot feed diagnostics; it stays the judge of
/// the grammar (`TOMLGrammar`), of texts that this reader takes. This reader goes on after a mistake: it leaves out the
/// line, and says so.
struct TOMLReader {
    let source: SourceText
    let bytes: [UInt8]
    /// Offset of the next byte to read.
    var at = 0
    let root = TableNode(origin: .header, span: 0..<0)
    /// What was not TOML; its lines are left out.
    private(set) var failures: [TOMLFailure] = []
    /// Keys and tables that stand twice; the first one counts.
    private(set) var duplicates: [TOMLFailure] = []
    /// The table that the last header opened, and the names that lead to it.
    private var current: TableNode
    private var currentPath: [String] = []

    /// The most arrays and inline tables inside each other, and the most parts of a dotted key.
    static let depthLimit = 32

    init(source: SourceText) {
        self.source = source
        bytes = source.bytes
        current = root
    }

    /// Reads the whole text. The text must be UTF-8.
    mutating func read() {
        while at < bytes.count {
            skipBlanks()
            let start = at
            do {
                if peek == TOMLByte.openBracket {
                    try readHeader()
                } else if let byte = peek, byte != TOMLByte.hash, !isLineEnd {
                    try readPair(into: current, path: currentPath)
                }
                try finishLine()
            } catch {
                failures.append(error)
                recover(from: start)
            }
        }
    }

    /// Skips to the next line that looks like a statement, so that one mistake is not reported many times.
    private mutating func recover(from start: Int) {
        skipBrokenLine(from: start)
        while at < bytes.count, !looksLikeStatement(at) { skipBrokenLine(from: at) }
        source.distrust(start..<at)
    }

    /// Skips the rest of a line, and of a multi-line string that begins in it: nothing in there is a statement, and all
    /// of it may be a secret.
    private mutating func skipBrokenLine(from start: Int) {
        while let byte = peek, byte != TOMLByte.lineFeed {
            guard byte == TOMLByte.quote || byte == TOMLByte.apostrophe, isTriple(byte) else {
                at += 1
                continue
            }
            at += 3
            while peek != nil, !isTriple(byte) { at += 1 }
            at = min(at + 3, bytes.count)
            source.hide(start..<at)
        }
        if at < bytes.count { at += 1 }
    }

    private func looksLikeStatement(_ offset: Int) -> Bool {
        let line = source.lineRange(source.lineIndex(of: offset))
        guard let first = bytes[line].firstIndex(where: { $0 != TOMLByte.space && $0 != TOMLByte.tab }) else {
            return true
        }
        if bytes[first] == TOMLByte.hash || bytes[first] == TOMLByte.openBracket { return true }
        let end = bytes[first..<line.upperBound].firstIndex { !TOMLByte.isBareKey($0) } ?? line.upperBound
        let next = bytes[end..<line.upperBound].first { $0 != TOMLByte.space && $0 != TOMLByte.tab }
        return end > first && next == TOMLByte.equals
    }
}

// MARK: - Statements

extension TOMLReader {
    /// `[a.b]` or `[[a.b]]`
    private mutating func readHeader() throws(TOMLFailure) {
        let start = at
        at += 1
        let isArray = peek == TOMLByte.openBracket
        if isArray { at += 1 }
        skipBlanks()
        let path = try readKey()
        skipBlanks()
        for _ in 0..<(isArray ? 2 : 1) {
            guard peek == TOMLByte.closeBracket else {
                throw failure(
                    "the table header does not end",
                    remedy: "close it with \"\(isArray ? "]]" : "]")\" in the same line")
            }
            at += 1
        }
        let span = start..<at
        var table = root
        for part in path.dropLast() {
            table = try descend(table, part, origin: .implied, isHeader: true)
        }
        current = open(path[path.count - 1], in: table, span: span, isArray: isArray)
        currentPath = path.map(\.name)
    }

    /// The table of a header: a new one, or the one that stands there already, which is a duplicate.
    private mutating func open(_ part: KeyPart, in table: TableNode, span: Range<Int>, isArray: Bool) -> TableNode {
        let fresh = TableNode(origin: .header, span: span)
        guard let old = table[part.name] else {
            var content = Node.Content.table(fresh)
            if isArray {
                let array = ArrayNode(isOfTables: true)
                array.elements.append(Node(content: content, span: span))
                content = .array(array)
            }
            table.add(Entry(key: part.name, keySpan: span, node: Node(content: content, span: span)))
            return fresh
        }
        switch old.node.content {
        case .array(let array) where array.isOfTables && isArray:
            array.elements.append(Node(content: .table(fresh), span: span))
            return fresh
        case .table(let existing) where !isArray && existing.origin == .implied:
            existing.origin = .header
            existing.span = span
            return existing
        case .table(let existing) where !isArray && existing.origin == .header:
            duplicate(part.name, at: span, first: old.keySpan, remedy: "put all of its keys under the first header")
            return existing
        default:
            duplicate(
                part.name, at: span, first: old.keySpan,
                remedy: "keep one of the two; tables that repeat are all written with double brackets")
            return fresh
        }
    }

    /// `key = value`, at the top level of a table or in an inline table.
    mutating func readPair(into table: TableNode, path: [String], depth: Int = 0) throws(TOMLFailure) {
        let key = try readKey()
        skipBlanks()
        guard peek == TOMLByte.equals else {
            throw failure("there is no \"=\" after the key", remedy: "write key = value")
        }
        at += 1
        skipBlanks()
        let start = at
        let isShown = (path + key.map(\.name)).allSatisfy { ManifestKeys.shown.contains($0) }
        let node: Node
        do {
            node = try readValue(depth: depth, path: path + key.map(\.name))
        } catch {
            if !isShown { source.hide(start..<source.lineRange(source.lineIndex(of: max(start, at))).upperBound) }
            throw error
        }
        if !isShown || Self.mayHoldSecret(node) { hide(node) }
        var table = table
        for part in key.dropLast() {
            table = try descend(table, part, origin: .dottedKey, isHeader: false)
        }
        let last = key[key.count - 1]
        if let old = table[last.name] {
            duplicate(last.name, at: last.span, first: old.keySpan, remedy: "keep one of the two")
        } else {
            table.add(Entry(key: last.name, keySpan: last.span, node: node))
        }
    }

    /// Masks a value; the quotes of a string stay.
    private func hide(_ node: Node) {
        var span = node.span
        if case .string = node.content { span = (span.lowerBound + 1)..<(span.upperBound - 1) }
        source.hide(span)
    }

    /// A URL in which a password may stand before the `@`.
    private static func mayHoldSecret(_ node: Node) -> Bool {
        guard case .string(let text) = node.content else { return false }
        return text.contains("://") && text.contains("@")
    }

    /// The table that one part of a path leads to, made where it is missing.
    private mutating func descend(
        _ table: TableNode, _ part: KeyPart, origin: TableNode.Origin, isHeader: Bool
    ) throws(TOMLFailure) -> TableNode {
        guard let old = table[part.name] else {
            let fresh = TableNode(origin: origin, span: part.span)
            table.add(Entry(key: part.name, keySpan: part.span, node: Node(content: .table(fresh), span: part.span)))
            return fresh
        }
        switch old.node.content {
        case .table(let next) where next.origin != .inline && (isHeader || next.origin == .dottedKey): return next
        case .array(let array) where isHeader && array.isOfTables:
            if case .table(let next)? = array.elements.last?.content { return next }
        default: break
        }
        throw TOMLFailure(
            span: part.span, message: "\"\(part.name)\" is defined already, \(place(of: old.keySpan))",
            remedy: "add to it where it is defined")
    }

    private mutating func duplicate(_ name: String, at span: Range<Int>, first: Range<Int>, remedy: String) {
        duplicates.append(
            TOMLFailure(span: span, message: "\"\(name)\" stands twice, first \(place(of: first))", remedy: remedy))
    }

    private func place(of span: Range<Int>) -> String {
        let location = source.location(of: span.lowerBound)
        return "at \(location.line):\(location.column)"
    }
}
