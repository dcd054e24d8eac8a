/// Text in header fields that is not ASCII (RFC 2047), as real mail has it: adjacent words are joined before their
/// charset is looked at, so a character may be split between them; words may touch other text or each other, contain
/// spaces, lack padding or name an unknown charset; octets above 127 may stand bare.
package enum EncodedWord {
    /// The text of a field's value with its encoded words decoded. White space between adjacent words goes (section
    /// 6.2); all else stays as it is, line ends included. What is no complete encoded word stays literal.
    package static func decode(_ bytes: UnsafeRawBufferPointer) -> String {
        var text: [UInt8] = []
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends what `decode` returns, as UTF-8.
    static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var scanner = EncodedWordScanner(bytes)
        var at = 0
        while let candidate = scanner.candidate(from: at) {
            guard let first = scanner.word(at: candidate) else {
                Charset.appendRaw(bytes.sub(at..<candidate + 1), to: &text)
                at = candidate + 1
                continue
            }
            Charset.appendRaw(bytes.sub(at..<candidate), to: &text)
            at = appendRun(from: first, &scanner, to: &text)
        }
        Charset.appendRaw(bytes.sub(at..<bytes.count), to: &text)
    }

    /// Appends the text of a word and of those that follow it with nothing but white space between. Returns the index
    /// behind the last.
    static func appendRun(
        from first: EncodedWordScanner.Word, _ scanner: inout EncodedWordScanner, to text: inout [UInt8]
    ) -> Int {
        let bytes = scanner.bytes
        var word = first
        var charset = Charset(name: bytes.sub(word.charset))
        var octets: [UInt8] = []
        while true {
            if word.isBase64 {
                appendBase64(bytes.sub(word.text), to: &octets)
            } else {
                appendQ(bytes.sub(word.text), to: &octets)
            }
            var next = word.end
            while next < bytes.count, ASCII.isSpace(bytes[next]) { next += 1 }
            guard let following = scanner.word(at: next) else { break }
            let followingCharset = Charset(name: bytes.sub(following.charset))
            if followingCharset != charset {
                octets.withUnsafeBytes { charset.append($0, to: &text) }
                octets.removeAll(keepingCapacity: true)
                charset = followingCharset
            }
            word = following
        }
        octets.withUnsafeBytes { charset.append($0, to: &text) }
        return word.end
    }

    /// The Q encoding (section 4.2); an `=` that two hexadecimal digits do not follow stands for itself.
    private static func appendQ(_ bytes: UnsafeRawBufferPointer, to octets: inout [UInt8]) {
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == ASCII.equals, at + 2 < bytes.count, let high = ASCII.hexValue(bytes[at + 1]),
                let low = ASCII.hexValue(bytes[at + 2])
            {
                octets.append(high << 4 | low)
                at += 3
            } else {
                octets.append(byte == ASCII.underscore ? ASCII.space : byte)
                at += 1
            }
        }
    }

    /// The B encoding (section 4.1); octets outside its alphabet are skipped, padding starts a new group.
    private static func appendBase64(_ bytes: UnsafeRawBufferPointer, to octets: inout [UInt8]) {
        var bits: UInt32 = 0
        var bitCount = 0
        for byte in bytes {
            let value: UInt8
            switch byte {
            case 0x41...0x5A: value = byte - 0x41
            case 0x61...0x7A: value = byte - 0x61 + 26
            case 0x30...0x39: value = byte - 0x30 + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            case ASCII.equals:
                bitCount = 0
                continue
            default: continue
            }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                octets.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
    }
}
