import Archive

/// What a program adds to the header of a message when it delivers it. With that taken out, and CRLF for LF, a message is
/// what the server transmitted, as far as the program changed nothing else.
package enum DeliveryTrace: Sendable {
    case mpop, getmail, fetchmail

    /// The most bytes of a header that are looked through.
    static let headerByteLimit = 256 << 10

    /// What its Received field has in it.
    private var mark: [UInt8] {
        switch self {
        case .mpop: Array("(mpop-".utf8)
        case .getmail: Array("getmail".utf8)
        case .fetchmail: Array("(fetchmail-".utf8)
        }
    }

    /// The parts of a delivered header that were not transmitted, ascending; `nil` where there is no sign of the program.
    func additions(in header: [UInt8]) -> [Range<Int>]? {
        let fields = Self.fields(of: header)
        // fetchmail may put its own behind others; getmail's two come first.
        let limit =
            switch self {
            case .mpop: 1
            case .getmail: 3
            case .fetchmail: fields.count
            }
        let own = fields.prefix(limit).firstIndex { field in
            Self.isNamed("received", header[field]) && header[field].firstRange(of: mark) != nil
        }
        guard let own else { return nil }
        guard self == .getmail else { return [fields[own]] }
        // It moves the Return-Path of the message to the top, and writes one where there is none.
        let before = fields[..<own].filter { field in
            Self.isNamed("delivered-to", header[field])
                || header[field].elementsEqual("Return-Path: <unknown>\n".utf8)
        }
        return before + [fields[own]]
    }

    /// The fields with their folded lines, up to the first empty line.
    private static func fields(of header: [UInt8]) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var at = 0
        while at < header.count, let newline = header[at...].firstIndex(of: 10) {
            let line = at..<newline + 1
            if header[line].allSatisfy({ $0 == 13 || $0 == 10 }) { break }
            if header[at] == 0x20 || header[at] == 0x09, let last = fields.last {
                fields[fields.count - 1] = last.lowerBound..<line.upperBound
            } else {
                fields.append(line)
            }
            at = line.upperBound
        }
        return fields
    }

    private static func isNamed(_ name: String, _ field: ArraySlice<UInt8>) -> Bool {
        field.prefix { $0 != UInt8(ascii: ":") }.map { $0 | 0x20 }.elementsEqual(name.utf8.map { $0 | 0x20 })
    }
}
