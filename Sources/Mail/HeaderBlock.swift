/// The header that a message begins with, and the blank line behind it.
package enum HeaderBlock {
    /// Octets of it; `nil` where there is no blank line. Lines end in CRLF or LF.
    package static func octets(of bytes: UnsafeRawBufferPointer) -> Int? {
        var at = 0
        while let newline = bytes.index(of: ASCII.lineFeed, from: at, to: bytes.count) {
            let isBlank = newline == at || (newline == at + 1 && bytes[at] == ASCII.carriageReturn)
            if isBlank { return newline + 1 }
            at = newline + 1
        }
        return nil
    }
}
