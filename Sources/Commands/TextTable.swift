/// Rows of text in aligned columns.
struct TextTable {
    enum Alignment { case left, right }

    private let columns: [(title: String, alignment: Alignment)]
    private var rows: [[String]] = []

    init(_ columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    mutating func add(_ row: [String]) {
        precondition(row.count == columns.count, "a row of \(row.count) cells in \(columns.count) columns")
        rows.append(row)
    }

    /// The lines, each ended by a line feed.
    func rendered() -> String {
        let widths = columns.indices.map { index in
            ([columns[index].title] + rows.map { $0[index] }).map(\.displayWidth).max() ?? 0
        }
        return ([columns.map(\.title)] + rows).map { row in
            var line = ""
            for index in columns.indices {
                let padding = String(repeating: " ", count: widths[index] - row[index].displayWidth)
                line += columns[index].alignment == .left ? row[index] + padding : padding + row[index]
                if index < columns.count - 1 { line += "  " }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    /// Columns on a terminal: two for East Asian wide characters and emoji, none for combining marks.
    var displayWidth: Int { unicodeScalars.reduce(0) { $0 + $1.displayWidth } }

    /// At most so many columns; what does not fit becomes `…`.
    func fitted(to columns: Int) -> String {
        guard displayWidth > columns else { return self }
        var result = ""
        var width = 0
        for character in self {
            let next = String(character).displayWidth
            if width + next > columns - 1 { break }
            result.append(character)
            width += next
        }
        return result + (columns > 0 ? "…" : "")
    }
}

extension Unicode.Scalar {
    fileprivate var displayWidth: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
