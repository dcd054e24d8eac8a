extension FactText {
    /// Appends `source`, which is UTF-8, line by line: every line end (CRLF, LF, CR) as LF, tabs and all other white
    /// space as they are, without control characters (C0, DEL, C1) and the characters that `clean` removes as well.
    /// False when `text` reached `byteLimit` octets before all was there; no character is split.
    static func appendLines(_ source: UnsafeRawBufferPointer, to text: inout [UInt8], byteLimit: Int) -> Bool {
        var at = 0
        while at < source.count {
            let runEnd = plainEnd(source, from: at, to: min(source.count, at + max(0, byteLimit - text.count)))
            text.append(contentsOf: source[at..<runEnd])
            at = runEnd
            guard at < source.count else { return true }
            let byte = source[at]
            let length = byte < 0x80 ? 1 : sequenceLength(source, at: at)
            defer { at += length }
            if byte == ASCII.carriageReturn {
                if at + 1 < source.count, source[at + 1] == ASCII.lineFeed { continue }
                guard text.count < byteLimit else { return false }
                text.append(ASCII.lineFeed)
            } else if byte >= 0x80 ? !isRemoved(source, at: at, length: length) : isPlain(byte) {
                guard text.count + length <= byteLimit else { return false }
                text.append(contentsOf: source[at..<at + length])
            }
        }
        return true
    }

    /// The end of the run of octets from `start` that need no second look.
    private static func plainEnd(_ source: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        var at = start
        while at < end, isPlain(source[at]) { at += 1 }
        return at
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte < 0x7F) || byte == ASCII.lineFeed || byte == ASCII.tab
    }
}
