import Glibc

/// Cuts a message after its header, the empty line and a number of body lines (TOP; RFC 1939, section 7). A line ends
/// at LF, with or without CR.
struct TopLimiter {
    private var remainingBodyLineCount: Int
    private var isInBody = false
    private var lineByteCount = 0
    private var endedInCR = false
    private(set) var isFinished = false

    init(bodyLineCount: Int) { remainingBodyLineCount = bodyLineCount }

    /// How many bytes at the start of the chunk belong to the answer.
    mutating func admit(_ chunk: UnsafeBufferPointer<UInt8>) -> Int {
        guard let base = chunk.baseAddress else { return 0 }
        var lineStart = 0
        while lineStart < chunk.count, let found = memchr(base + lineStart, 0x0a, chunk.count - lineStart) {
            let newline = UnsafeRawPointer(found) - UnsafeRawPointer(base)
            let length = lineByteCount + newline - lineStart
            let followsCR = newline > lineStart ? base[newline - 1] == 0x0d : endedInCR
            lineByteCount = 0
            endedInCR = false
            lineStart = newline + 1
            if isInBody {
                remainingBodyLineCount -= 1
            } else if length == 0 || (length == 1 && followsCR) {
                isInBody = true
            }
            if isInBody, remainingBodyLineCount <= 0 {
                isFinished = true
                return lineStart
            }
        }
        if lineStart < chunk.count {
            lineByteCount += chunk.count - lineStart
            endedInCR = base[chunk.count - 1] == 0x0d
        }
        return chunk.count
    }
}
