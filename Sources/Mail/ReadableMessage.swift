/// What a person would read of a message. All of it is safe for a terminal: no control characters but line feeds and
/// tabs in the text, none elsewhere.
package struct ReadableMessage: Sendable, Equatable {
    /// A header field, decoded (RFC 2047).
    package struct Header: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    /// A part that is not shown.
    package struct Attachment: Sendable, Equatable {
        /// The file name without slashes; `""` when the message gives none.
        package var name: String
        /// `type/subtype`, lower-case.
        package var contentType: String
        /// Octets of the content once decoded; as they stand in the message when its encoding is not known.
        package var byteCount: Int
    }

    /// From, To, Cc, Date and Subject, in this order, where the message has them; the date as it stands.
    package var headers: [Header]
    /// The text parts in order, lines ending in LF. Of alternatives the plain one; HTML is reduced to text. A message
    /// inside follows a line that says so, and its own headers. Ends in a line end unless empty or cut.
    package var text: String
    /// Whether `text` is less than all there is.
    package var isTextCut: Bool
    /// In the order of the message, those of messages inside included; of alternatives, those of the shown one first.
    package var attachments: [Attachment]

    /// Reads a whole message, header and body. Lines end in LF, with or without CR before it, or in CR when there is no
    /// LF at all. Never fails: what cannot be read is shown as it stands, or is absent. Takes time in proportion to the
    /// message's size; of its parts the first 1000 are looked at, and those up to 16 levels deep.
    /// - Parameter textByteLimit: octets of `text` as UTF-8; memory for decoding is within 16 times as much.
    package init(message: UnsafeRawBufferPointer, textByteLimit: Int = 1 << 20) {
        var reader = MessageReader(textByteLimit: textByteLimit)
        let hasLineFeed = message.index(of: ASCII.lineFeed, from: 0, to: message.count) != nil
        if hasLineFeed || message.index(of: ASCII.carriageReturn, from: 0, to: message.count) == nil {
            reader.read(message)
        } else {
            let lines = message.map { $0 == ASCII.carriageReturn ? ASCII.lineFeed : $0 }
            lines.withUnsafeBytes { reader.read($0) }
        }
        headers = Self.headers(message)
        text = String(decoding: reader.text, as: UTF8.self)
        isTextCut = reader.isTextCut
        attachments = reader.attachments
    }

    /// The header fields that are shown of a message, or of one inside another.
    static func headers(_ bytes: UnsafeRawBufferPointer) -> [Header] {
        let facts = HeaderFacts(headerBytes: bytes)
        let date = HeaderFields(bytes).date.map {
            HeaderFacts.text(bytes.sub($0), addresses: false, limit: HeaderFacts.textCharacterLimit)
        }
        let all = [
            ("From", facts.from), ("To", facts.to), ("Cc", facts.cc), ("Date", date ?? ""), ("Subject", facts.subject),
        ]
        return all.filter { !$0.1.isEmpty }.map { Header(name: $0.0, value: $0.1) }
    }
}
