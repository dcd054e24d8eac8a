import POP

/// The unstuffer gives what RFC 1939 says, however the bytes arrive, and leaves what follows the terminator alone.
enum UnstuffingTarget {
    static func check(_ bytes: [UInt8]) {
        let (message, end) = NaiveUnstuffer.read(bytes)
        for arrival in Arrival.all(of: bytes) {
            var unstuffer = Unstuffer()
            var found: [UInt8] = []
            var consumed = 0
            var isFinished = false
            for piece in arrival.pieces where !isFinished {
                let result = piece.withUnsafeBytes { unstuffer.consume($0) { found += $0 } }
                holds(result.isFinished || result.byteCount == piece.count, "all is taken up to the terminator")
                consumed += result.byteCount
                isFinished = result.isFinished
            }
            holds(isFinished == (end != nil), "the terminator is found where it is, and nowhere else")
            holds(consumed == end ?? bytes.count, "nothing behind the terminator is taken")
            holds(found == message, "the message is what RFC 1939 makes of it")
        }
    }
}
