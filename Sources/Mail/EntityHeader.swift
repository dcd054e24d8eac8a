/// Gathers from an entity's header lines the fields that tell what its body is and where its parts lie. Fed line by
/// line; keeps no other field, so a header block of any length takes at most three fields' memory.
struct EntityHeader: Sendable {
    /// Octets of one field that are kept; what follows is ignored.
    static let fieldByteLimit = 16_384

    /// How the entity's body is read on.
    enum Body {
        /// Parts between delimiters.
        case multipart(DelimiterStack.Multipart)
        /// An entity again, beginning with its header.
        case message
        /// Content, not looked into.
        case leaf
    }

    private enum Field { case contentType, transferEncoding, disposition, other }

    /// Parts of a multipart/digest are messages unless they say otherwise.
    private var defaultsToMessage: Bool
    private var current = Field.other
    /// The values of Content-Type, Content-Transfer-Encoding and Content-Disposition; empty when absent.
    private(set) var contentType: [UInt8] = []
    private(set) var transferEncoding: [UInt8] = []
    private(set) var disposition: [UInt8] = []

    init(defaultsToMessage: Bool = false) { self.defaultsToMessage = defaultsToMessage }

    /// Takes one line that is not blank, with its line end. Of repeated fields the first counts.
    mutating func take(_ line: UnsafeRawBufferPointer) {
        guard let first = line.first else { return }
        if first != ASCII.space, first != ASCII.tab {
            current = .other
            if first | 0x20 == UInt8(ascii: "c"), let field = Self.field(line) { begin(field, line) }
            return
        }
        switch current {
        case .contentType: Self.append(line[...], to: &contentType)
        case .transferEncoding: Self.append(line[...], to: &transferEncoding)
        case .disposition: Self.append(line[...], to: &disposition)
        case .other: break
        }
    }

    /// What the header says, once its blank line is reached. An encoded multipart or message (RFC 2045, section 6.4,
    /// forbids it) and a multipart without a usable boundary are leaves.
    func body() -> Body {
        TransferEncoding(transferEncoding).isEncoded ? .leaf : structure()
    }

    /// What Content-Type alone says: an encoding is not looked at, and a multipart without a usable boundary is a leaf.
    func structure() -> Body {
        if contentType.isEmpty { return defaultsToMessage ? .message : .leaf }
        switch contentType.withUnsafeBytes(ContentType.init) {
        case .multipart(let boundary?, let isDigest): return .multipart(.init(boundary: boundary, isDigest: isDigest))
        case .multipart(nil, _), .other: return .leaf
        case .message: return .message
        }
    }

    private mutating func begin(_ field: (Field, valueStart: Int), _ line: UnsafeRawBufferPointer) {
        let value = line[field.valueStart...]
        switch field.0 {
        case .contentType where contentType.isEmpty:
            current = .contentType
            Self.append(value, to: &contentType)
        case .transferEncoding where transferEncoding.isEmpty:
            current = .transferEncoding
            Self.append(value, to: &transferEncoding)
        case .disposition where disposition.isEmpty:
            current = .disposition
            Self.append(value, to: &disposition)
        default: break
        }
    }

    private static func field(_ line: UnsafeRawBufferPointer) -> (Field, valueStart: Int)? {
        let field: Field
        var at: Int
        if line.hasLowered("content-type") {
            (field, at) = (.contentType, "content-type".utf8.count)
        } else if line.hasLowered("content-transfer-encoding") {
            (field, at) = (.transferEncoding, "content-transfer-encoding".utf8.count)
        } else if line.hasLowered("content-disposition") {
            (field, at) = (.disposition, "content-disposition".utf8.count)
        } else {
            return nil
        }
        while at < line.count, line[at] == ASCII.space || line[at] == ASCII.tab { at += 1 }
        return at < line.count && line[at] == ASCII.colon ? (field, at + 1) : nil
    }

    private static func append(_ bytes: Slice<UnsafeRawBufferPointer>, to field: inout [UInt8]) {
        field.append(contentsOf: bytes.prefix(max(0, fieldByteLimit - field.count)))
    }
}
