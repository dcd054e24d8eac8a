/// What an index keeps of a message's header (RFC 5322, section 3.6). Texts are decoded (RFC 2047), white space is folded
/// to single spaces, control characters are gone; a field that is absent is `""`.
package struct HeaderFacts: Sendable, Equatable {
    /// Unicode scalars that are kept of `from`, `subject` and `messageID`.
    package static let textCharacterLimit = 2000
    /// Unicode scalars that are kept of `to` and of `cc`.
    package static let recipientsCharacterLimit = 8000
    /// Octets of a value that are decoded for each character that may be kept.
    private static let bytesPerCharacter = 16

    /// Names and addresses as people read them: `Ann Bell <ann@x.example>, ...`. Repeated `To` and `Cc` fields are joined.
    package var from, to, cc: String
    package var subject: String
    /// With its angle brackets, where the message has them.
    package var messageID: String
    /// `Date:` in seconds since 1970, UTC; `nil` when absent or nonsense.
    package var date: Int64?
    /// The date of the topmost `Received:` (section 3.6.7), in seconds since 1970, UTC; `nil` when absent or nonsense.
    package var received: Int64?
    /// `nil` where the header says too little to know the message by.
    package var fingerprint: HeaderFingerprint?

    /// Reads the header block that the bytes begin with, up to the first blank line, the end, or 256 KiB. Lines end in
    /// CRLF or LF. Never fails: what cannot be read is absent.
    package init(headerBytes: UnsafeRawBufferPointer) {
        let fields = HeaderFields(headerBytes)
        func text(_ range: Range<Int>?) -> String {
            range.map { Self.text(headerBytes.sub($0), addresses: false, limit: Self.textCharacterLimit) } ?? ""
        }
        func recipients(_ ranges: [Range<Int>]) -> String {
            guard ranges.count > 1 else {
                return ranges.first.map {
                    Self.text(headerBytes.sub($0), addresses: true, limit: Self.recipientsCharacterLimit)
                } ?? ""
            }
            var joined: [UInt8] = []
            for range in ranges where joined.count < Self.recipientsCharacterLimit * Self.bytesPerCharacter {
                while let last = joined.last, ASCII.isSpace(last) { joined.removeLast() }
                if !joined.isEmpty { joined.append(contentsOf: [ASCII.comma, ASCII.space]) }
                joined.append(contentsOf: headerBytes[range])
            }
            return joined.withUnsafeBytes {
                Self.text($0, addresses: true, limit: Self.recipientsCharacterLimit)
            }
        }
        from =
            fields.from.map {
                Self.text(headerBytes.sub($0), addresses: true, limit: Self.textCharacterLimit)
            } ?? ""
        to = recipients(fields.to)
        cc = recipients(fields.cc)
        subject = text(fields.subject)
        messageID = fields.messageID.map { Self.messageID(headerBytes.sub($0)) } ?? ""
        date = fields.date.flatMap { MessageDate.parse(headerBytes.sub($0)) }
        received = fields.received.flatMap { Self.receivedDate(headerBytes.sub($0)) }
        fingerprint = HeaderFingerprint(headerBytes: headerBytes)
    }

    /// The decoded and cleaned text of a field's value.
    static func text(_ value: UnsafeRawBufferPointer, addresses: Bool, limit: Int) -> String {
        let value = value.sub(0..<min(value.count, limit * bytesPerCharacter))
        let isPlain =
            value.isASCII && value.index(of: ASCII.escape, from: 0, to: value.count) == nil
            && EncodedWordScanner(value).candidate(from: 0) == nil
            && !(addresses && value.index(of: ASCII.quote, from: 0, to: value.count) != nil)
        if isPlain { return FactText.clean(value, characterLimit: limit) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(value.count)
        if addresses { AddressText.append(value, to: &decoded) } else { EncodedWord.append(value, to: &decoded) }
        return decoded.withUnsafeBytes { FactText.clean($0, characterLimit: limit) }
    }

    /// The first `<...>` of the value, without white space inside; else all of the value.
    private static func messageID(_ value: UnsafeRawBufferPointer) -> String {
        let value = value.sub(0..<min(value.count, textCharacterLimit * bytesPerCharacter))
        if let start = value.index(of: ASCII.less, from: 0, to: value.count),
            let end = value.index(of: ASCII.greater, from: start, to: value.count)
        {
            let inside = value.sub(start..<end + 1)
            let bytes = inside.contains(where: ASCII.isSpace) ? inside.filter { !ASCII.isSpace($0) } : Array(inside)
            return bytes.withUnsafeBytes { text($0, addresses: false, limit: textCharacterLimit) }
        }
        return text(value, addresses: false, limit: textCharacterLimit)
    }

    /// The date stands behind the last `;`. A comment behind it may hold more of them, so a few are tried.
    private static func receivedDate(_ value: UnsafeRawBufferPointer) -> Int64? {
        var end = value.count
        for _ in 0..<4 {
            guard let semicolon = value.sub(0..<end).lastIndex(of: ASCII.semicolon) else { return nil }
            if let date = MessageDate.parse(value.sub(semicolon + 1..<value.count)) { return date }
            end = semicolon
        }
        return nil
    }
}
