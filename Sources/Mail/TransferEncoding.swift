/// How a body's octets are written (RFC 2045, section 6).
enum TransferEncoding {
    case base64
    case quotedPrintable
    /// 7bit, 8bit, binary, or one that is not known.
    case none

    /// Reads a Content-Transfer-Encoding field's value.
    init(_ value: [UInt8]) {
        self = value.withUnsafeBytes { value in
            var cursor = ParameterCursor(value)
            cursor.skipSpaceAndComments()
            if value.hasLowered("base64", at: cursor.at) { return .base64 }
            return value.hasLowered("quoted-printable", at: cursor.at) ? .quotedPrintable : .none
        }
    }

    var isEncoded: Bool { self != .none }

    /// The first `octetLimit` octets that the body stands for.
    func decoded(_ body: UnsafeRawBufferPointer, octetLimit: Int) -> [UInt8] {
        var octets: [UInt8] = []
        switch self {
        case .base64: Base64.append(body, to: &octets, octetLimit: octetLimit)
        case .quotedPrintable: QuotedPrintable.append(body, to: &octets, octetLimit: octetLimit)
        case .none: octets.append(contentsOf: body.prefix(octetLimit))
        }
        return octets
    }

    /// How many octets the body stands for.
    func decodedByteCount(_ body: UnsafeRawBufferPointer) -> Int {
        switch self {
        case .base64: Base64.decodedByteCount(body)
        case .quotedPrintable: QuotedPrintable.decodedByteCount(body)
        case .none: body.count
        }
    }
}
