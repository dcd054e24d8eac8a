/// What a Content-Type field (RFC 2045, section 5.1) says about where an entity's parts lie.
enum ContentType {
    /// `multipart/...`; the boundary is `nil` when there is none, or one that cannot be used.
    case multipart(boundary: [UInt8]?, isDigest: Bool)
    /// `message/rfc822`, `message/global` (RFC 6532) or `message/news`: the body is an entity again.
    case message
    case other

    /// Reads a field's value: bytes behind the colon, folded or not.
    init(_ value: UnsafeRawBufferPointer) {
        var cursor = ParameterCursor(value)
        cursor.skipSpaceAndComments()
        if value.hasLowered("multipart/", at: cursor.at) {
            let isDigest = value.hasLowered("multipart/digest", at: cursor.at)
            self = .multipart(boundary: Self.boundary(&cursor), isDigest: isDigest)
            return
        }
        let start = cursor.at
        cursor.skipToken()
        let type = value.sub(start..<cursor.at)
        let isMessage =
            type.isLowered("message/rfc822") || type.isLowered("message/global") || type.isLowered("message/news")
        self = isMessage ? .message : .other
    }

    /// The `boundary` parameter, also as RFC 2231 continuations; `nil` when absent, empty or over 200 octets.
    private static func boundary(_ cursor: inout ParameterCursor) -> [UInt8]? {
        var whole: [UInt8]?
        var pieces: [UInt8] = []
        while let parameter = cursor.next() {
            let name = parameter.name
            guard name.starts(with: Array("boundary".utf8)) else { continue }
            let suffix = name.dropFirst("boundary".utf8.count)
            if suffix.isEmpty {
                if whole == nil { whole = parameter.value }
            } else if suffix.first == ASCII.asterisk {
                let isExtended = suffix.last == ASCII.asterisk
                let isFirst = suffix.count == 1 || suffix.dropFirst().first == UInt8(ascii: "0")
                pieces += isExtended ? decoded(parameter.value, hasCharset: isFirst) : parameter.value
            }
        }
        var boundary = whole ?? pieces
        while let last = boundary.last, ASCII.isSpace(last) { boundary.removeLast() }
        return boundary.isEmpty || boundary.count > DelimiterStack.boundaryByteLimit ? nil : boundary
    }

    /// An RFC 2231 extended value: `charset'language'` in the first piece, then `%XX` octets.
    private static func decoded(_ value: [UInt8], hasCharset: Bool) -> [UInt8] {
        var rest = value[...]
        if hasCharset {
            let parts = value.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
            if parts.count == 3 { rest = parts[2] }
        }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2).compactMap(ASCII.hexValue)
            if byte == UInt8(ascii: "%"), digits.count == 2 {
                bytes.append(digits[0] << 4 | digits[1])
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
