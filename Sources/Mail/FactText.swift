/// Text made fit for an index and a terminal.
enum FactText {
    /// `text`, which is UTF-8, with every run of white space as one space and none at the ends, without control
    /// characters (C0, DEL, C1), byte order marks and characters that reverse the direction of what follows (U+202A to
    /// U+202E, U+2066 to U+2069). At most `characterLimit` Unicode scalars.
    static func clean(_ text: UnsafeRawBufferPointer, characterLimit: Int) -> String {
        guard !text.isEmpty else { return "" }
        return String(unsafeUninitializedCapacity: text.count) { out in
            var written = 0
            var characters = 0
            var hasPendingSpace = false
            var at = 0
            while at < text.count {
                let byte = text[at]
                let length = byte < 0x80 ? 1 : sequenceLength(text, at: at)
                defer { at += length }
                if byte <= 0x7F ? ASCII.isSpace(byte) : isWideSpace(text, at: at, length: length) {
                    hasPendingSpace = true
                    continue
                }
                if byte < 0x20 || byte == 0x7F || (byte >= 0x80 && isRemoved(text, at: at, length: length)) { continue }
                if hasPendingSpace && written > 0 {
                    guard characters + 1 < characterLimit else { break }
                    out[written] = ASCII.space
                    written += 1
                    characters += 1
                }
                hasPendingSpace = false
                guard characters < characterLimit else { break }
                for offset in 0..<length { out[written + offset] = text[at + offset] }
                written += length
                characters += 1
            }
            return written
        }
    }

    /// Octets of the UTF-8 sequence at `index`, never beyond the end.
    static func sequenceLength(_ text: UnsafeRawBufferPointer, at index: Int) -> Int {
        let length =
            switch text[index] {
            case 0xC0...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xFF: 4
            default: 1
            }
        return min(length, text.count - index)
    }

    /// The white space of Unicode outside ASCII: no-break spaces, next line, typographic spaces, line and paragraph
    /// separators, the ideographic space.
    private static func isWideSpace(_ text: UnsafeRawBufferPointer, at index: Int, length: Int) -> Bool {
        if length == 2 { return text[index] == 0xC2 && (text[index + 1] == 0xA0 || text[index + 1] == 0x85) }
        guard length == 3 else { return false }
        switch (text[index], text[index + 1], text[index + 2]) {
        case (0xE1, 0x9A, 0x80), (0xE2, 0x80, 0x80...0x8A), (0xE2, 0x80, 0xA8...0xA9), (0xE2, 0x80, 0xAF),
            (0xE2, 0x81, 0x9F), (0xE3, 0x80, 0x80):
            return true
        default: return false
        }
    }

    /// Whether the sequence of two octets or more at `index` is a character that no output may hold.
    static func isRemoved(_ text: UnsafeRawBufferPointer, at index: Int, length: Int) -> Bool {
        if length == 2 { return text[index] == 0xC2 && text[index + 1] < 0xA0 }
        guard length == 3 else { return false }
        switch (text[index], text[index + 1], text[index + 2]) {
        case (0xE2, 0x80, 0xAA...0xAE), (0xE2, 0x81, 0xA6...0xA9), (0xEF, 0xBB, 0xBF): return true
        default: return false
        }
    }
}
