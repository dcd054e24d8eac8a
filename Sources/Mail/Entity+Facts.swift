extension Entity {
    /// Octets that are kept of a content type, and Unicode scalars of a name.
    private static let contentTypeByteLimit = 127
    private static let nameCharacterLimit = 255

    /// How a leaf is shown.
    enum Presentation { case plain, html, message, attachment }

    /// `type/subtype`, printable ASCII, lower-case; when there is none, what RFC 2045,
    /// section 5.2, and RFC 2046, section 5.1.5, say.
    var contentType: String {
        if fields.contentType.isEmpty, case .message = fields.structure() { return "message/rfc822" }
        let type = fields.contentType.withUnsafeBytes { value in
            var cursor = ParameterCursor(value)
            cursor.skipSpaceAndComments()
            let start = cursor.at
            cursor.skipToken()
            let printable = value.sub(start..<cursor.at).lazy.filter { $0 > ASCII.space && $0 < 0x7F }
            return String(decoding: printable.prefix(Self.contentTypeByteLimit).map(ASCII.lowered), as: UTF8.self)
        }
        return type.isEmpty || type == "text" ? "text/plain" : type
    }

    var transferEncoding: TransferEncoding { TransferEncoding(fields.transferEncoding) }

    /// The charset that Content-Type names; `nil` when it names none.
    var charset: Charset? {
        Parameter("charset", of: fields.contentType).plain.map { $0.withUnsafeBytes(Charset.init(name:)) }
    }

    /// The file name that Content-Disposition or Content-Type gives, without control characters and slashes; `""` when
    /// there is none.
    var name: String {
        let texts = [Parameter("filename", of: fields.disposition), Parameter("name", of: fields.contentType)]
            .compactMap(\.text)
        let safe = (texts.first { !$0.isEmpty } ?? []).filter { $0 != ASCII.slash && $0 != ASCII.backslash }
        return safe.withUnsafeBytes { FactText.clean($0, characterLimit: Self.nameCharacterLimit) }
    }

    private var isMarkedAttachment: Bool {
        fields.disposition.withUnsafeBytes { value in
            var cursor = ParameterCursor(value)
            cursor.skipSpaceAndComments()
            return value.hasLowered("attachment", at: cursor.at)
        }
    }

    /// Text is shown unless it is marked as an attachment, text of an unusual kind also when it has a name; reports on
    /// a message's fate (RFC 3464, RFC 5965, RFC 8098) are shown, and so are messages.
    var presentation: Presentation {
        if case .message = fields.structure() { return .message }
        let type = contentType
        switch type {
        case _ where isMarkedAttachment: return .attachment
        case "text/html", "application/xhtml+xml": return .html
        case "text/plain", "message/delivery-status", "message/disposition-notification",
            "message/feedback-report":
            return .plain
        // Its delimiters are lost, so it is read as it stands.
        case _ where type.hasPrefix("multipart/"): return .plain
        case _ where type.hasPrefix("text/"): return name.isEmpty ? .plain : .attachment
        default: return .attachment
        }
    }

    /// How well the entity serves as the one that is read of several alternatives: plain text first, then HTML.
    var rank: Int {
        switch kind {
        case .message: 1
        case .multipart: parts.map(\.rank).max() ?? 0
        case .leaf:
            switch presentation {
            case .plain: contentType == "text/plain" ? 3 : 1
            case .html: 2
            case .message: 1
            case .attachment: 0
            }
        }
    }
}
