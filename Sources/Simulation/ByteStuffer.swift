import Glibc

/// Doubles the dot at the start of a line (RFC 1939, section 3). A line starts at the beginning and after CRLF only:
/// what follows a lone CR or LF is data.
struct ByteStuffer {
    private var isAtLineStart = true
    private var endedInCR = false

    /// Gives the stuffed chunk to `write` in as few pieces as it has dots to double. Chunks may be cut anywhere.
    mutating func stuff(
        _ chunk: UnsafeBufferPointer<UInt8>, write: (UnsafeBufferPointer<UInt8>) throws(SessionEnd) -> Void
    ) throws(SessionEnd) {
        guard let base = chunk.baseAddress, !chunk.isEmpty else { return }
        // `written` bytes are out; the byte at `written` goes out twice when it is a dot at a line start.
        var written = 0
        var searched = 0
        if isAtLineStart, base[0] == 0x2e {
            try write(UnsafeBufferPointer(start: base, count: 1))
        }
        while searched < chunk.count, let found = memchr(base + searched, 0x0a, chunk.count - searched) {
            let newline = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            searched = newline + 1
            let followsCR = newline > 0 ? base[newline - 1] == 0x0d : endedInCR
            guard followsCR, searched < chunk.count, base[searched] == 0x2e else { continue }
            try write(UnsafeBufferPointer(start: base + written, count: searched + 1 - written))
            written = searched
        }
        try write(UnsafeBufferPointer(start: base + written, count: chunk.count - written))
        let last = chunk.count - 1
        isAtLineStart = base[last] == 0x0a && (last > 0 ? base[last - 1] == 0x0d : endedInCR)
        endedInCR = base[last] == 0x0d
    }
}
