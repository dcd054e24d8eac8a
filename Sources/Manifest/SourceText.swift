/// The text of one file: finds lines and columns, and knows what must not be shown.
///
/// A reader calls `hide` for every value that may be a secret, and `distrust` for every line it could not make sense of.
final class SourceText {
    /// The file as diagnostics name it.
    let name: String
    /// 0 for the manifest, then one number per CSV file in the order of their names: how diagnostics are sorted.
    let order: Int
    /// The whole text without a byte order mark.
    let bytes: [UInt8]
    /// Offset of each line's first byte.
    private let lineStarts: [Int]
    /// Spans to mask, by the index of the line they stand in.
    private var hidden: [Int: [Range<Int>]] = [:]
    /// Offset of the comment of a line, by the line's index.
    private var comments: [Int: Int] = [:]
    /// Lines that no reader understood, by index.
    private var distrusted: Set<Int> = []

    init(name: String, order: Int = 0, bytes: [UInt8]) {
        self.name = name
        self.order = order
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        var starts = [0]
        for (offset, byte) in self.bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
        lineStarts = starts
    }

    var lineCount: Int { lineStarts.count }

    /// Index of the line, from 0, in which the byte at `offset` stands.
    func lineIndex(of offset: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }

    /// The bytes of a line without its end.
    func lineRange(_ index: Int) -> Range<Int> {
        let start = lineStarts[index]
        var end = index + 1 < lineStarts.count ? lineStarts[index + 1] - 1 : bytes.count
        if end > start, end < bytes.count, bytes[end] == 0x0A, bytes[end - 1] == 0x0D { end -= 1 }
        return start..<end
    }

    func location(of offset: Int) -> SourceLocation {
        let index = lineIndex(of: offset)
        let column = SourceCell.cells(of: bytes, in: lineStarts[index]..<max(lineStarts[index], offset)).count + 1
        return SourceLocation(file: name, line: index + 1, column: column)
    }

    func text(_ span: Range<Int>) -> String { String(decoding: bytes[span], as: UTF8.self) }

    /// Offset of the first byte that is not UTF-8, or `nil`.
    var firstInvalidByte: Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var valid = 0
        for index in lineStarts.indices {
            let line = lineRange(index)
            if String(validating: bytes[line], as: UTF8.self) != nil { continue }
            valid = line.lowerBound
            // The line is short or the error is rare: shrink from the end of each scalar.
            var decoder = UTF8()
            var iterator = bytes[line].makeIterator()
            while case .scalarValue(let scalar) = decoder.decode(&iterator) { valid += UTF8.width(scalar) }
            break
        }
        return valid
    }
}

// MARK: - What may be shown

extension SourceText {
    /// Masks a span in every diagnostic; it may run over several lines.
    func hide(_ span: Range<Int>) {
        guard !span.isEmpty else { return }
        for line in lineIndex(of: span.lowerBound)...lineIndex(of: span.upperBound - 1) {
            hidden[line, default: []].append(span)
        }
    }

    /// Notes a comment: it is left out where a line is shown.
    func comment(at offset: Int) { comments[lineIndex(of: offset)] = offset }

    /// Notes lines that could not be read: of them only what cannot be a secret is shown.
    func distrust(_ span: Range<Int>) {
        for line in lineIndex(of: span.lowerBound)...lineIndex(of: max(span.lowerBound, span.upperBound - 1)) {
            distrusted.insert(line)
        }
    }

    /// A complaint about a span; the caret stands under the part of it that lies in its first line.
    func diagnostic(
        _ severity: Diagnostic.Severity, at span: Range<Int>, _ message: String, remedy: String
    ) -> Diagnostic {
        let index = lineIndex(of: span.lowerBound)
        let line = lineRange(index)
        var cells = SourceCell.cells(of: bytes, in: line)
        mask(&cells, line: index)
        if let comment = comments[index], comment >= span.upperBound {
            cells.removeAll { $0.offset >= comment }
            while cells.last?.text == " ", cells.last!.offset >= span.upperBound { cells.removeLast() }
        }
        let snippet = SourceSnippet(cells: cells, span: span)
        var location = location(of: span.lowerBound)
        location.file = SourceCell.escaped(location.file)
        return Diagnostic(
            severity: severity, location: location, message: SourceCell.escaped(message),
            remedy: SourceCell.escaped(remedy), sourceLine: snippet.text, caretOffset: snippet.caretOffset,
            caretWidth: snippet.caretWidth)
    }

    private func mask(_ cells: inout [SourceCell], line index: Int) {
        var spans = hidden[index] ?? []
        if distrusted.contains(index) {
            let line = lineRange(index)
            spans.append(contentsOf: doubtful(line))
            if let hash = bytes[line].firstIndex(of: TOMLByte.hash) { spans.append((hash + 1)..<line.upperBound) }
        }
        if let comment = comments[index] { spans.append((comment + 1)..<lineRange(index).upperBound) }
        for span in spans {
            for i in cells.indices where span.contains(cells[i].offset) { cells[i].text = "*" }
        }
    }

    /// What to mask in a line that no reader understood: all of it, or what follows its first word, unless that word
    /// is a key whose value may be shown and nothing else in the line looks like a key or a secret.
    private func doubtful(_ line: Range<Int>) -> [Range<Int>] {
        let start = bytes[line].firstIndex { $0 != 0x20 && $0 != 0x09 && $0 != 0x5B } ?? line.upperBound
        let end = bytes[start..<line.upperBound].firstIndex { !TOMLByte.isBareKey($0) } ?? line.upperBound
        let word = text(start..<end)
        let rest = end..<line.upperBound
        let lower = text(line).lowercased()
        let signs = bytes[rest].count { $0 == 0x3D || $0 == 0x3A }
        let isInnocent = signs <= 1 && !["pass", "pwd", "pw", "secret", "{"].contains { lower.contains($0) }
        let isKnown = ManifestKeys.shown.contains(word)
        if isKnown, isInnocent { return [] }
        // The sign and the blanks around it may be shown.
        let sign = bytes[rest].firstIndex { $0 != 0x20 && $0 != 0x09 }
        guard let sign, bytes[sign] == 0x3D else { return [isKnown ? rest : start..<line.upperBound] }
        let value = bytes[(sign + 1)..<line.upperBound].firstIndex { $0 != 0x20 && $0 != 0x09 } ?? line.upperBound
        return [value..<line.upperBound]
    }
}
