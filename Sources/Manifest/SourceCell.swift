/// One character of a line as it is shown.
struct SourceCell {
    /// Offset of its first byte in the file.
    var offset: Int
    /// What is shown for it: itself, an escape, or `*`.
    var text: String

    /// The characters of a line. Where the line is not UTF-8, every byte beyond ASCII is a cell of its own.
    static func cells(of bytes: [UInt8], in range: Range<Int>) -> [SourceCell] {
        var cells: [SourceCell] = []
        cells.reserveCapacity(range.count)
        guard let line = String(validating: bytes[range], as: UTF8.self) else {
            for offset in range {
                let byte = bytes[offset]
                let text = byte < 0x80 ? shown(Unicode.Scalar(byte)) : "\\x" + hex(UInt32(byte))
                cells.append(SourceCell(offset: offset, text: text))
            }
            return cells
        }
        var offset = range.lowerBound
        for scalar in line.unicodeScalars {
            cells.append(SourceCell(offset: offset, text: shown(scalar)))
            offset += UTF8.width(scalar)
        }
        return cells
    }

    /// A text in which nothing can move the cursor, hide or turn around what is printed.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { $0 += shown($1) }
    }

    private static func shown(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case " "..."~": return String(Character(scalar))
        case "\t": return "    "
        case "\n": return "\\n"
        case "\r": return "\\r"
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned, .surrogate:
            return "\\u{" + hex(scalar.value) + "}"
        default: return String(Character(scalar))
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return digits.count < 2 ? "0" + digits : digits
    }
}

/// The part of a line that a diagnostic shows, with the caret's place in it.
struct SourceSnippet {
    var text = ""
    var caretOffset = 0
    var caretWidth = 1

    /// The most characters of a line that are shown.
    static let characterLimit = 160
    /// How many of them at most stand before the caret in a line that is cut.
    static let lead = 60

    init(cells: [SourceCell], span: Range<Int>) {
        let caret = cells.firstIndex { $0.offset >= span.lowerBound } ?? cells.count
        let first = cells.count > Self.characterLimit ? max(0, caret - Self.lead) : 0
        let window = cells[first..<min(cells.count, first + Self.characterLimit)]
        if first > 0 { text = "..." }
        caretOffset = text.count
        var width = 0
        for cell in window {
            if cell.offset < span.lowerBound {
                caretOffset += cell.text.unicodeScalars.count
            } else if cell.offset < span.upperBound {
                width += cell.text.unicodeScalars.count
            }
            text += cell.text
        }
        if window.endIndex < cells.count { text += "..." }
        caretWidth = max(1, width)
    }
}
