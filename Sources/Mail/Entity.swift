/// One entity of a message (RFC 2045, section 2.4): where its header and body stand, and the entities inside.
struct Entity {
    enum Kind { case leaf, multipart, message }

    var kind = Kind.leaf
    var fields: EntityHeader
    /// The header with the blank line, and the body without the line end that belongs to the delimiter behind it;
    /// ranges of the message.
    var header: Range<Int>
    var body: Range<Int>
    /// A multipart's parts, or the one message; none when the delimiters never came.
    var parts: [Entity] = []
}

/// Reads a whole message into entities, in one pass, by the rules that `SegmentCutter` cuts by; an encoding that a
/// multipart declares is ignored, since nearly all that do so are not encoded.
struct EntityParser {
    /// Multiparts and messages inside each other; what is deeper is a leaf.
    static let depthLimit = 16
    /// Entities of one message; what follows the last is not looked at.
    static let entityLimit = 1000

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var delimiters = DelimiterStack()
    private(set) var entitiesLeft: Int

    /// The delimiter line that ended an entity, and where it begins.
    private typealias End = (match: DelimiterStack.Match, start: Int)

    /// - Parameter entitiesLeft: how many entities may be read, at least 1.
    init(_ bytes: UnsafeRawBufferPointer, entitiesLeft: Int = Self.entityLimit) {
        self.bytes = bytes
        self.entitiesLeft = entitiesLeft
    }

    /// The message as an entity.
    mutating func parse(depthLeft: Int = Self.depthLimit) -> Entity {
        entity(EntityHeader(), depthLeft: depthLeft).entity
    }

    private mutating func entity(_ fields: EntityHeader, depthLeft: Int) -> (entity: Entity, end: End?) {
        entitiesLeft -= 1
        let start = at
        var entity = Entity(fields: fields, header: start..<start, body: start..<start)
        if let end = readHeader(&entity.fields) {
            entity.header = start..<end.start
            entity.body = end.start..<end.start
            return (entity, end)
        }
        entity.header = start..<at
        let bodyStart = at
        let end: End?
        switch entity.fields.structure() {
        case .multipart(let multipart) where depthLeft > 0:
            entity.kind = .multipart
            end = readParts(of: multipart, into: &entity, depthLeft: depthLeft - 1)
        case .message where depthLeft > 0 && entitiesLeft > 0 && !entity.isEncoded:
            entity.kind = .message
            let inner = self.entity(EntityHeader(), depthLeft: depthLeft - 1)
            entity.parts = [inner.entity]
            end = inner.end
        case .multipart, .message, .leaf: end = nextDelimiter()
        }
        entity.body = bodyStart..<max(bodyStart, end.map { lineEnd(before: $0.start) } ?? bytes.count)
        return (entity, end)
    }

    /// Takes lines up to the blank one; returns the delimiter line that comes before it, if one does.
    private mutating func readHeader(_ fields: inout EntityHeader) -> End? {
        while at < bytes.count {
            let start = at
            let line = nextLine()
            if line[0] == ASCII.lineFeed || (line.count == 2 && line[0] == ASCII.carriageReturn) { return nil }
            if let match = delimiters.match(line) {
                delimiters.leave(match)
                return (match, start)
            }
            fields.take(line)
        }
        return nil
    }

    private mutating func readParts(
        of multipart: DelimiterStack.Multipart, into entity: inout Entity, depthLeft: Int
    ) -> End? {
        let level = delimiters.count
        delimiters.push(multipart)
        var end = nextDelimiter()
        while let match = end?.match, match.level == level {
            // Behind the last part only a delimiter further out matters.
            if match.closes { return nextDelimiter() }
            guard entitiesLeft > 0 else {
                at = bytes.count
                return nil
            }
            let part = self.entity(EntityHeader(defaultsToMessage: multipart.isDigest), depthLeft: depthLeft)
            entity.parts.append(part.entity)
            end = part.end
        }
        return end
    }

    /// Skips content up to behind the next delimiter line, or to the end, which is `nil`. Stands at a line start.
    private mutating func nextDelimiter() -> End? {
        guard !delimiters.isEmpty else {
            at = bytes.count
            return nil
        }
        while at < bytes.count {
            let start = at
            let line = nextLine()
            if line[0] == ASCII.dash, let match = delimiters.match(line) {
                delimiters.leave(match)
                return (match, start)
            }
        }
        return nil
    }

    /// The next line with its line end; there is at least one more octet.
    private mutating func nextLine() -> UnsafeRawBufferPointer {
        let start = at
        at = bytes.index(of: ASCII.lineFeed, from: at, to: bytes.count).map { $0 + 1 } ?? bytes.count
        return bytes.sub(start..<at)
    }

    /// Where the line end before the line at `start` begins: it belongs to the delimiter (RFC 2046, section 5.1.1).
    private func lineEnd(before start: Int) -> Int {
        guard start > 0 else { return start }
        return start > 1 && bytes[start - 2] == ASCII.carriageReturn ? start - 2 : start - 1
    }
}

extension Entity {
    fileprivate var isEncoded: Bool { TransferEncoding(fields.transferEncoding).isEncoded }
}
