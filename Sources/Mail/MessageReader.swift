/// Gathers what a person reads of a message, entity by entity.
struct MessageReader {
    /// Stands above the headers of a message inside another.
    static let messageLine = "----- Enclosed message -----"
    /// Octets decoded for each octet of text that may still come: characters may shrink, and most of HTML is markup.
    private static let octetsPerTextByte = (plain: 4, html: 16)
    /// Octets of a text part that are decoded however little text may still come.
    private static let octetFloor = 65_536

    private let textByteLimit: Int
    private var entitiesLeft = EntityParser.entityLimit
    private(set) var text: [UInt8] = []
    private(set) var isTextCut = false
    private(set) var attachments: [ReadableMessage.Attachment] = []

    init(textByteLimit: Int) { self.textByteLimit = min(max(0, textByteLimit), 1 << 30) }

    /// Reads a whole message, except for the fields of its header that are shown.
    mutating func read(_ message: UnsafeRawBufferPointer) { read(message, depthLeft: EntityParser.depthLimit) }

    private mutating func read(_ message: UnsafeRawBufferPointer, depthLeft: Int) {
        var parser = EntityParser(message, entitiesLeft: entitiesLeft)
        let entity = parser.parse(depthLeft: depthLeft)
        entitiesLeft = parser.entitiesLeft
        if entitiesLeft == 0 { isTextCut = true }
        read(entity, in: message, depthLeft: depthLeft)
    }

    private mutating func read(_ entity: Entity, in message: UnsafeRawBufferPointer, depthLeft: Int) {
        switch entity.kind {
        case .multipart where entity.parts.isEmpty: readText(entity, in: message, isHTML: false)
        case .multipart where entity.contentType == "multipart/alternative":
            readBest(of: entity.parts, in: message, depthLeft: depthLeft - 1)
        case .multipart:
            for part in entity.parts { read(part, in: message, depthLeft: depthLeft - 1) }
        case .message:
            for inner in entity.parts {
                introduce(message.sub(inner.header))
                read(inner, in: message, depthLeft: depthLeft - 1)
            }
        case .leaf: readLeaf(entity, in: message, depthLeft: depthLeft)
        }
    }

    /// Reads the first of the best alternatives that has any text: many a plain part is empty beside its HTML.
    private mutating func readBest(of parts: [Entity], in message: UnsafeRawBufferPointer, depthLeft: Int) {
        let ranks = parts.map(\.rank)
        let order = parts.indices.sorted { (-ranks[$0], $0) < (-ranks[$1], $1) }
        let before = text.count
        for index in order {
            if text.count == before, !isTextCut {
                read(parts[index], in: message, depthLeft: depthLeft)
            } else {
                listAttachments(of: parts[index], in: message)
            }
        }
    }

    private mutating func readLeaf(_ entity: Entity, in message: UnsafeRawBufferPointer, depthLeft: Int) {
        switch entity.presentation {
        case .plain: readText(entity, in: message, isHTML: false)
        case .html: readText(entity, in: message, isHTML: true)
        case .message where depthLeft > 0 && entitiesLeft > 0:
            // Encoded, which RFC 2046, section 5.2.1, forbids.
            let body = message.sub(entity.body)
            entity.transferEncoding.decoded(body, octetLimit: body.count).withUnsafeBytes {
                introduce($0)
                read($0, depthLeft: depthLeft - 1)
            }
        case .message, .attachment: list(entity, in: message)
        }
    }

    // MARK: Attachments

    private mutating func list(_ entity: Entity, in message: UnsafeRawBufferPointer) {
        attachments.append(
            .init(
                name: entity.name, contentType: entity.contentType,
                byteCount: entity.transferEncoding.decodedByteCount(message.sub(entity.body))))
    }

    /// Lists what an alternative that is not shown holds besides text.
    private mutating func listAttachments(of entity: Entity, in message: UnsafeRawBufferPointer) {
        for part in entity.parts { listAttachments(of: part, in: message) }
        guard entity.kind == .leaf else { return }
        switch entity.presentation {
        case .plain where entity.contentType == "text/plain": break
        case .html: break
        case .plain, .message, .attachment: list(entity, in: message)
        }
    }

    // MARK: Text

    private mutating func readText(_ entity: Entity, in message: UnsafeRawBufferPointer, isHTML: Bool) {
        let factor = isHTML ? Self.octetsPerTextByte.html : Self.octetsPerTextByte.plain
        let octetLimit = max(Self.octetFloor, (textByteLimit - text.count) * factor)
        var octets = entity.transferEncoding.decoded(message.sub(entity.body), octetLimit: octetLimit)
        if octets.count == octetLimit {
            isTextCut = true
            Self.dropLastCharacter(&octets)
        }
        var decoded: [UInt8] = []
        octets.withUnsafeBytes {
            let charset = entity.charset ?? (isHTML ? HTMLText.charset($0) : nil) ?? .guessed
            charset.append($0, to: &decoded)
        }
        if isHTML { decoded = decoded.withUnsafeBytes { HTMLText.reduced($0) } }
        append(decoded)
    }

    /// Takes away a UTF-8 character that may have been cut off, so that the rest is still known as UTF-8.
    private static func dropLastCharacter(_ octets: inout [UInt8]) {
        let continuations = octets.suffix(3).reversed().prefix { $0 & 0xC0 == 0x80 }.count
        octets.removeLast(continuations)
        if let last = octets.last, last >= 0xC0 { octets.removeLast() }
    }

    /// Appends the line and the headers that stand before an enclosed message.
    private mutating func introduce(_ header: UnsafeRawBufferPointer) {
        let lines = ReadableMessage.headers(header).map { "\($0.name): \($0.value)\n" }
        append(Array("\(Self.messageLine)\n\(lines.joined())".utf8))
    }

    /// Appends a piece of text, an empty line before it; white space alone is nothing.
    private mutating func append(_ piece: [UInt8]) {
        var lines: [UInt8] = []
        let room = textByteLimit - text.count - (text.isEmpty ? 0 : 1)
        let isWhole = piece.withUnsafeBytes { FactText.appendLines($0, to: &lines, byteLimit: max(0, room)) }
        if !isWhole { isTextCut = true }
        guard !lines.allSatisfy(ASCII.isSpace) else { return }
        if !text.isEmpty { text.append(ASCII.lineFeed) }
        text.append(contentsOf: lines)
        if text.last != ASCII.lineFeed {
            if text.count < textByteLimit { text.append(ASCII.lineFeed) } else { isTextCut = true }
        }
    }
}
