import Platform

/// What the header of a member tells besides what gzip needs, so that who looks for the next entry behind damage cannot
/// take the inside of a message for one, whatever its sender put there.
struct MemberMark: Equatable {
    /// Whether a member begins an entry (RFC 1952, field OS).
    enum Start: UInt8 {
        /// It does, or is of no tar stream.
        case entry = 255
        /// It holds the inside of an entry that began in an earlier member.
        case continuation = 3
    }

    /// The same in all members of a file, and not to be guessed (RFC 1952, field MTIME); 0 in those of earlier versions.
    var tag: UInt32
    var start: Start

    private static let tagOffset = 4
    private static let startOffset = 9
    private static let headerByteCount = 10

    init(tag: UInt32 = 0, start: Start = .entry) {
        self.tag = tag
        self.start = start
    }

    /// Reads it of the member at `offset`; `nil` where none is. A start that says nothing counts as that of an entry.
    init?(in file: borrowing File, at offset: UInt64) throws(FileError) {
        let header = try file.bytes(at: offset, count: Self.headerByteCount)
        guard header.count == Self.headerByteCount, header.starts(with: [0x1F, 0x8B, 8]) else { return nil }
        tag = (0..<4).reduce(0) { $0 | UInt32(header[Self.tagOffset + $1]) << (8 * UInt32($1)) }
        start = Start(rawValue: header[Self.startOffset]) ?? .entry
    }

    /// Writes it into a member.
    func put(into member: inout [UInt8]) {
        for index in 0..<4 { member[Self.tagOffset + index] = UInt8(truncatingIfNeeded: tag >> (8 * UInt32(index))) }
        member[Self.startOffset] = start.rawValue
    }
}
