/// An address list (RFC 5322, section 3.4) as people read it: encoded words decoded, quotes around names gone unless the
/// name holds a character that would then seem to end it. Addresses, groups and comments stay as they are.
enum AddressText {
    /// Appends the text of a field's value, as UTF-8.
    static func append(_ value: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var scanner = EncodedWordScanner(value)
        var at = 0
        var plainStart = 0
        var name: [UInt8] = []
        // A quote that never ends makes all later ones ordinary, so that no value is searched twice.
        var hasQuotes = true
        while at < value.count {
            let byte = value[at]
            if byte == ASCII.quote, hasQuotes {
                guard let end = quotedEnd(value, from: at) else {
                    hasQuotes = false
                    continue
                }
                Charset.appendRaw(value.sub(plainStart..<at), to: &text)
                if isLocalPart(value, end: end) {
                    Charset.appendRaw(value.sub(at..<end), to: &text)
                } else {
                    let content = unescaped(value.sub(at + 1..<end - 1))
                    content.withUnsafeBytes { EncodedWord.append($0, to: &name) }
                    appendName(&name, to: &text)
                }
                at = end
                plainStart = end
            } else if byte == ASCII.equals, let word = scanner.word(at: at) {
                Charset.appendRaw(value.sub(plainStart..<at), to: &text)
                at = EncodedWord.appendRun(from: word, &scanner, to: &name)
                appendName(&name, to: &text)
                plainStart = at
            } else {
                at += 1
            }
        }
        Charset.appendRaw(value.sub(plainStart..<at), to: &text)
    }

    /// The index behind the quote that ends the string begun at `start`; `nil` when none does.
    private static func quotedEnd(_ value: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var at = start + 1
        while at < value.count {
            if value[at] == ASCII.quote { return at + 1 }
            at += value[at] == ASCII.backslash ? 2 : 1
        }
        return nil
    }

    /// Whether a quoted string is part of an address: `"ann bell"@x.example`.
    private static func isLocalPart(_ value: UnsafeRawBufferPointer, end: Int) -> Bool {
        end < value.count && (value[end] == ASCII.at || value[end] == ASCII.dot)
    }

    private static func unescaped(_ content: UnsafeRawBufferPointer) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(content.count)
        var at = 0
        while at < content.count {
            if content[at] == ASCII.backslash, at + 1 < content.count { at += 1 }
            result.append(content[at])
            at += 1
        }
        return result
    }

    /// Moves a decoded name over, in quotes if it needs them.
    private static func appendName(_ name: inout [UInt8], to text: inout [UInt8]) {
        if name.contains(where: needsQuotes) {
            text.append(ASCII.quote)
            for byte in name {
                if byte == ASCII.quote || byte == ASCII.backslash { text.append(ASCII.backslash) }
                text.append(byte)
            }
            text.append(ASCII.quote)
        } else {
            text.append(contentsOf: name)
        }
        name.removeAll(keepingCapacity: true)
    }

    private static func needsQuotes(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.comma, ASCII.semicolon, ASCII.less, ASCII.greater, ASCII.quote: true
        default: false
        }
    }
}
