import Archive

/// Quoting comes back to the same bytes, leaves no line that looks like the start of a message, and depends on the
/// bytes alone.
enum MboxrdTarget {
    static func check(_ bytes: [UInt8]) {
        let quoted = run(.quote, bytes)
        holds(run(.unquote, quoted) == bytes, "what was quoted comes back")
        let from = Array("From ".utf8)
        for line in quoted.split(separator: 10) { holds(!line.starts(with: from), "no line begins with From") }
        let unquoted = run(.unquote, bytes)
        holds(unquoted.count <= bytes.count && quoted.count >= bytes.count, "marks are added by one, removed by other")
    }

    private static func run(_ direction: Mboxrd.Direction, _ bytes: [UInt8]) -> [UInt8] {
        var expected: [UInt8]?
        for arrival in Arrival.all(of: bytes) {
            var quoting = Mboxrd(direction)
            var result: [UInt8] = []
            for piece in arrival.pieces { piece.withUnsafeBytes { quoting.consume($0) { result += $0 } } }
            quoting.finish { result += $0 }
            holds(result == expected ?? result, "the pieces do not matter")
            expected = result
        }
        return expected ?? []
    }
}
