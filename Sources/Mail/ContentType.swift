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
        let parameter = Parameter("boundary", from: &cursor)
        var boundary = parameter.plain ?? parameter.extended ?? []
        while let last = boundary.last, ASCII.isSpace(last) { boundary.removeLast() }
        return boundary.isEmpty || boundary.count > DelimiterStack.boundaryByteLimit ? nil : boundary
    }
}
