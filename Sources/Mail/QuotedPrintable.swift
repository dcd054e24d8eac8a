/// Quoted-printable (RFC 2045, section 6.7) as real mail has it: white space at a line's end goes, also behind the `=`
/// of a soft line break; an `=` that two hexadecimal digits do not follow stands for itself.
enum QuotedPrintable {
    /// Appends what `bytes` stand for, and stops where `octets` holds `octetLimit`. Line ends stay as they are.
    static func append(_ bytes: UnsafeRawBufferPointer, to octets: inout [UInt8], octetLimit: Int = .max) {
        var at = 0
        while at < bytes.count, octets.count < octetLimit {
            let next = bytes.index(of: ASCII.lineFeed, from: at, to: bytes.count).map { $0 + 1 } ?? bytes.count
            appendLine(bytes.sub(at..<next), to: &octets, octetLimit: octetLimit)
            at = next
        }
    }

    /// How many octets `bytes` stand for.
    static func decodedByteCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var count = 0
        var line: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let next = bytes.index(of: ASCII.lineFeed, from: at, to: bytes.count).map { $0 + 1 } ?? bytes.count
            line.removeAll(keepingCapacity: true)
            appendLine(bytes.sub(at..<next), to: &line, octetLimit: .max)
            count += line.count
            at = next
        }
        return count
    }

    private static func appendLine(_ line: UnsafeRawBufferPointer, to octets: inout [UInt8], octetLimit: Int) {
        var lineEnd = line.count
        if lineEnd > 0, line[lineEnd - 1] == ASCII.lineFeed { lineEnd -= 1 }
        if lineEnd < line.count, lineEnd > 0, line[lineEnd - 1] == ASCII.carriageReturn { lineEnd -= 1 }
        var end = lineEnd
        while end > 0, line[end - 1] == ASCII.space || line[end - 1] == ASCII.tab { end -= 1 }
        let isSoft = end > 0 && line[end - 1] == ASCII.equals
        if isSoft { end -= 1 }

        var at = 0
        while at < end, octets.count < octetLimit {
            if line[at] == ASCII.equals, at + 2 < end, let octet = line.hexOctet(at: at + 1) {
                octets.append(octet)
                at += 3
            } else {
                octets.append(line[at])
                at += 1
            }
        }
        if !isSoft { octets.append(contentsOf: line[lineEnd...].prefix(max(0, octetLimit - octets.count))) }
    }
}
