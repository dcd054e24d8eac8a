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
                Base64.append(bytes.sub(word.text), to: &octets)
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
            if byte == ASCII.equals, let octet = bytes.hexOctet(at: at + 1) {
                octets.append(octet)
                at += 3
            } else {
                octets.append(byte == ASCII.underscore ? ASCII.space : byte)
                at += 1
            }
        }
    }
}
