/// Finds the encoded words of a value (RFC 2047, section 2): `=?charset?B?text?=`. Remembers how far it searched, so that
/// a value full of broken words takes linear time.
struct EncodedWordScanner {
    /// Where the pieces of a word stand, as indices into the value.
    struct Word {
        var charset: Range<Int>
        var isBase64: Bool
        var text: Range<Int>
        var end: Int
    }

    /// Octets between `=?` and the next `?`; more is no charset.
    private static let charsetByteLimit = 64

    let bytes: UnsafeRawBufferPointer
    /// The first `?=` at or behind `terminatorSearched`; the value's length when there is none.
    private var terminator = 0
    private var terminatorSearched = Int.max

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// The next `=?` at or behind `start`.
    func candidate(from start: Int) -> Int? {
        var at = start
        while let equals = bytes.index(of: ASCII.equals, from: at, to: bytes.count - 1) {
            if bytes[equals + 1] == ASCII.question { return equals }
            at = equals + 1
        }
        return nil
    }

    /// The word that begins at `start`, if one does. Its text may contain spaces and `?`, which the standard forbids,
    /// but no `=?`: that begins another word, and this one never ended.
    mutating func word(at start: Int) -> Word? {
        guard start + 1 < bytes.count, bytes[start] == ASCII.equals, bytes[start + 1] == ASCII.question else {
            return nil
        }
        let charsetStart = start + 2
        let charsetReach = min(bytes.count, charsetStart + Self.charsetByteLimit)
        guard let charsetEnd = bytes.index(of: ASCII.question, from: charsetStart, to: charsetReach),
            charsetEnd > charsetStart, charsetEnd + 2 < bytes.count, bytes[charsetEnd + 2] == ASCII.question
        else { return nil }
        let isBase64: Bool
        switch ASCII.lowered(bytes[charsetEnd + 1]) {
        case UInt8(ascii: "b"): isBase64 = true
        case UInt8(ascii: "q"): isBase64 = false
        default: return nil
        }
        let textStart = charsetEnd + 3
        guard let textEnd = nextTerminator(from: textStart) else { return nil }
        if let other = candidate(from: textStart), other + 1 < textEnd { return nil }
        return Word(
            charset: charsetStart..<charsetEnd, isBase64: isBase64, text: textStart..<textEnd, end: textEnd + 2)
    }

    private mutating func nextTerminator(from start: Int) -> Int? {
        if !(terminatorSearched <= start && start <= terminator) {
            terminatorSearched = start
            terminator = bytes.count
            var at = start
            while let question = bytes.index(of: ASCII.question, from: at, to: bytes.count - 1) {
                if bytes[question + 1] == ASCII.equals {
                    terminator = question
                    break
                }
                at = question + 1
            }
        }
        return terminator < bytes.count ? terminator : nil
    }
}
