/// The multiparts that are open around the current place of a message, outermost first (RFC 2046, section 5.1).
struct DelimiterStack: Sendable {
    /// Octets of a boundary that are looked at; RFC 2046 allows 70.
    static let boundaryByteLimit = 200
    /// Octets of a delimiter line with its line end and trailing white space; a longer line is no delimiter.
    static let lineByteLimit = 300

    /// One open multipart.
    struct Multipart: Sendable {
        /// 1...200 octets without trailing white space.
        var boundary: [UInt8]
        /// Parts without Content-Type are messages (RFC 2046, section 5.1.5).
        var isDigest: Bool
    }

    /// A delimiter line: it belongs to the multipart at `level`, and ends that when it `closes`.
    struct Match: Equatable {
        var level: Int
        var closes: Bool
    }

    private(set) var open: [Multipart] = []

    var isEmpty: Bool { open.isEmpty }
    var count: Int { open.count }

    mutating func push(_ multipart: Multipart) { open.append(multipart) }

    /// Leaves all multiparts inside the matched one, and that one too when its last delimiter was seen.
    mutating func leave(_ match: Match) { open.removeSubrange((match.closes ? match.level : match.level + 1)...) }

    mutating func removeAll() { open.removeAll(keepingCapacity: true) }

    /// What the line, with or without its line end, delimits; `nil` for ordinary lines. `--boundary` and `--boundary--`
    /// may be followed by white space, and by nothing else, so a boundary never matches a longer one. The innermost
    /// multipart is asked first.
    func match(_ line: UnsafeRawBufferPointer) -> Match? {
        guard line.count <= Self.lineByteLimit, line.count > 2, line[0] == ASCII.dash, line[1] == ASCII.dash else {
            return nil
        }
        var end = line.count
        while end > 2, ASCII.isSpace(line[end - 1]) { end -= 1 }
        let name = line.sub(2..<end)
        for level in open.indices.reversed() {
            let length = open[level].boundary.count
            let extra = name.count - length
            guard extra == 0 || (extra == 2 && name[length] == ASCII.dash && name[length + 1] == ASCII.dash),
                name.starts(with: open[level].boundary)
            else { continue }
            return Match(level: level, closes: extra == 2)
        }
        return nil
    }
}
