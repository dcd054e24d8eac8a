/// Where the fields that an index needs stand in a header block (RFC 5322, section 3.6): ranges of their values, behind
/// the colon, folded lines included.
struct HeaderFields {
    /// Octets of a header block that are looked at.
    static let byteLimit = 256 * 1024

    var from, subject, messageID, date, received: Range<Int>?
    /// These may be repeated.
    var to: [Range<Int>] = []
    var cc: [Range<Int>] = []

    /// Values of `To` and of `Cc` that are kept.
    private static let repeatLimit = 100

    private enum Name { case from, to, cc, subject, messageID, date, received }

    /// Walks from line to line up to the first blank one, the byte limit or the end. Of a repeated field the first
    /// counts, except for `To` and `Cc`. Lines end in LF, or in CR when there is no LF at all.
    init(_ block: UnsafeRawBufferPointer) {
        let limit = min(block.count, Self.byteLimit)
        let hasLineFeed = block.index(of: ASCII.lineFeed, from: 0, to: limit) != nil
        let lineEnd = hasLineFeed ? ASCII.lineFeed : ASCII.carriageReturn
        var name: Name?
        var valueStart = 0
        var at = 0
        while at < limit {
            let first = block[at]
            let next = block.index(of: lineEnd, from: at, to: limit).map { $0 + 1 } ?? limit
            if first == ASCII.space || first == ASCII.tab {
                at = next
                continue
            }
            if let name { set(name, valueStart..<at) }
            name = nil
            if first == lineEnd || (first == ASCII.carriageReturn && next == at + 2) { return }
            if let found = Self.name(block, at..<next) { (name, valueStart) = found }
            at = next
        }
        if let name { set(name, valueStart..<limit) }
    }

    private mutating func set(_ name: Name, _ value: Range<Int>) {
        switch name {
        case .from: from = from ?? value
        case .subject: subject = subject ?? value
        case .messageID: messageID = messageID ?? value
        case .date: date = date ?? value
        case .received: received = received ?? value
        case .to where to.count < Self.repeatLimit: to.append(value)
        case .cc where cc.count < Self.repeatLimit: cc.append(value)
        case .to, .cc: break
        }
    }

    /// The field that the line begins, if it is one of those wanted; white space may precede the colon (section 4.5).
    private static func name(_ block: UnsafeRawBufferPointer, _ line: Range<Int>) -> (Name, Int)? {
        let (name, text): (Name, StaticString)
        switch block[line.lowerBound] | 0x20 {
        case UInt8(ascii: "f"): (name, text) = (.from, "from")
        case UInt8(ascii: "t"): (name, text) = (.to, "to")
        case UInt8(ascii: "c"): (name, text) = (.cc, "cc")
        case UInt8(ascii: "s"): (name, text) = (.subject, "subject")
        case UInt8(ascii: "m"): (name, text) = (.messageID, "message-id")
        case UInt8(ascii: "d"): (name, text) = (.date, "date")
        case UInt8(ascii: "r"): (name, text) = (.received, "received")
        default: return nil
        }
        guard block.hasLowered(text, at: line.lowerBound) else { return nil }
        var at = line.lowerBound + text.utf8CodeUnitCount
        while at < line.upperBound, block[at] == ASCII.space || block[at] == ASCII.tab { at += 1 }
        return at < line.upperBound && block[at] == ASCII.colon ? (name, at + 1) : nil
    }
}
