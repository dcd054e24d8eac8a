/// A short name for a message's header that stays the same from session to session and from server to server, so that a
/// message can be known again without its body.
///
/// It is made of all header fields, folded lines included, but for those that servers add or change on their own; line
/// ends do not count.
package struct HeaderFingerprint: Hashable, Sendable {
    /// The first 64 bits of a SHA-256.
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// Fields that servers add or change between sessions (seen at UW-IMAP, Heimdal popper, Qpopper and GNU mailutils).
    private static let volatile: [StaticString] = [
        "status", "x-status", "x-uid", "x-uidl", "x-imapbase", "x-imap", "x-keywords", "content-length", "return-path",
    ]
    /// Fields that no two messages share: without one of them a header says too little.
    private static let distinctive: [StaticString] = ["message-id", "received"]

    /// - Parameters:
    ///   - headerBytes: begins with the header; what follows its first blank line does not matter. Lines end in CRLF or LF.
    ///   - needsName: the header must name the message, by Message-ID or Received.
    /// - Returns: `nil` when the header goes on beyond 256 KiB, or does not name the message.
    package init?(headerBytes: UnsafeRawBufferPointer, needsName: Bool = true) {
        let limit = min(headerBytes.count, HeaderFields.byteLimit)
        var stream = DigestStream()
        var isDistinctive = false
        var isSkipped = false
        var at = 0
        while true {
            // A message without a body may end with its header.
            guard at < limit else {
                if limit == HeaderFields.byteLimit { return nil }
                break
            }
            let newline = headerBytes.index(of: ASCII.lineFeed, from: at, to: limit)
            var end = newline ?? limit
            while end > at, headerBytes[end - 1] == ASCII.carriageReturn { end -= 1 }
            if end == at, newline != nil { break }
            let isFolded = end > at && (headerBytes[at] == ASCII.space || headerBytes[at] == ASCII.tab)
            if !isFolded {
                isSkipped = Self.volatile.contains { headerBytes.hasField($0, at: at, to: end) }
                if !isDistinctive {
                    isDistinctive = Self.distinctive.contains { headerBytes.hasField($0, at: at, to: end) }
                }
            }
            if !isSkipped {
                stream.update(headerBytes.sub(at..<end))
                withUnsafeBytes(of: ASCII.lineFeed) { stream.update($0) }
            }
            at = newline.map { $0 + 1 } ?? limit
        }
        guard isDistinctive || !needsName else { return nil }
        value = stream.finish().word0
    }
}

extension UnsafeRawBufferPointer {
    /// Whether a line begins with a field of that name, in lower case here; white space may precede the colon.
    fileprivate func hasField(_ name: StaticString, at start: Int, to end: Int) -> Bool {
        guard hasLowered(name, at: start) else { return false }
        var at = start + name.utf8CodeUnitCount
        while at < end, self[at] == ASCII.space || self[at] == ASCII.tab { at += 1 }
        return at < end && self[at] == ASCII.colon
    }
}
