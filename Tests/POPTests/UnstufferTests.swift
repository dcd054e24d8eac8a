import POP
import Simulation
import Testing

@Suite struct UnstufferTests {
    /// The body of a reply on the wire, up to and with its terminator, and the message in it.
    struct Fixture: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let wire: [UInt8]
        let message: [UInt8]

        init(_ name: String, _ wire: String, _ message: String) {
            testDescription = name
            self.wire = Array(wire.utf8)
            self.message = Array(message.utf8)
        }
    }

    static let longLine = String(repeating: "0123456.", count: 1 << 17)

    static let fixtures = [
        Fixture("an empty message", ".\r\n", ""),
        Fixture("one line", "a\r\n.\r\n", "a\r\n"),
        Fixture("an empty line", "\r\n.\r\n", "\r\n"),
        Fixture("a stuffed line of a dot", "..\r\n.\r\n", ".\r\n"),
        Fixture("stuffed lines of dots", "...\r\n....\r\na\r\n..b\r\n.\r\n", "..\r\n...\r\na\r\n.b\r\n"),
        Fixture("a dot that the server forgot to stuff", ".a\r\n.\r\n", "a\r\n"),
        Fixture("dots inside lines", "a.\r\nb.c\r\n .\r\n.\r\n", "a.\r\nb.c\r\n .\r\n"),
        Fixture("LF . LF is data", "a\n.\nb\n.\r\n\r\n.\r\n", "a\n.\nb\n.\r\n\r\n"),
        Fixture("CR . CR is data", "a\r.\rb\r\n.\r\n", "a\r.\rb\r\n"),
        Fixture("CRLF . LF is a stuffed LF", "a\r\n.\nb\r\n.\r\n", "a\r\n\nb\r\n"),
        Fixture("CRLF . CR is a stuffed CR", "a\r\n.\rb\r\n.\r\n", "a\r\n\rb\r\n"),
        Fixture("CRLF . CR CR LF", "a\r\n.\r\r\n.\r\n", "a\r\n\r\r\n"),
        Fixture("CRLF . CR .", "a\r\n.\r.\r\n.\r\n", "a\r\n\r.\r\n"),
        Fixture("CR CR LF . ends", "a\r\r\n.\r\n", "a\r\r\n"),
        Fixture("LF CR LF . ends", "a\n\r\n.\r\n", "a\n\r\n"),
        Fixture("lone CRs and LFs", "\r\r\n\n\r\n\r\r\n.\r\n", "\r\r\n\n\r\n\r\r\n"),
        Fixture("NUL and 8-bit octets", "\0é\0\r\n..\0\r\n.\r\n", "\0é\0\r\n.\0\r\n"),
        Fixture("a line of a megabyte", longLine + "\r\n.\r\n", longLine + "\r\n"),
    ]

    /// Bytes of the next reply.
    static let behind = Array("+OK 2\r\n.\r\n".utf8)

    @Test("takes the stuffing away and leaves the bytes behind the terminator unread", arguments: fixtures)
    func fixture(_ fixture: Fixture) {
        for (name, pieces) in Pieces.variants(fixture.wire + Self.behind) {
            let result = Self.read(pieces)
            let isRight = result.message == fixture.message  // #expect would print a megabyte byte by byte
            #expect(isRight, "\(name): \(String(decoding: result.message.prefix(200), as: UTF8.self))")
            #expect(result.byteCount == fixture.wire.count, "\(name)")
        }
    }

    @Test("asks for more at every byte before the terminator is whole", arguments: fixtures)
    func truncated(_ fixture: Fixture) {
        var unstuffer = Unstuffer()
        var message: [UInt8] = []
        for index in fixture.wire.indices.dropLast() {
            let result = fixture.wire[index...index].withUnsafeBytes {
                unstuffer.consume($0) { message += Array($0) }
            }
            if result != (1, false) || message.count > fixture.message.count {
                Issue.record("ended early, at byte \(index)")
                return
            }
        }
        let isRight = fixture.message.starts(with: message)
        #expect(isRight)
    }

    @Test("agrees with a reading byte by byte on every short input")
    func exhaustive() {
        for length in 1...7 {
            for code in 0..<(1 << (2 * length)) {
                let wire = (0..<length).map { [13, 10, 46, 97][code >> (2 * $0) & 3] as UInt8 }
                Self.compare(wire, [wire])
                Self.compare(wire, wire.map { [$0] })
            }
        }
    }

    @Test("agrees with a reading byte by byte on random inputs in random splits", arguments: 0..<20 as Range<UInt64>)
    func random(seed: UInt64) {
        var generator = SeededRandom(seed: seed)
        for _ in 0..<500 {
            let length = Int.random(in: 0...60, using: &generator)
            let wire = (0..<length).map { _ in [13, 10, 46, 97].randomElement(using: &generator)! as UInt8 }
            Self.compare(wire, Pieces.random(wire, seed: generator.next()))
        }
    }

    private static func compare(_ wire: [UInt8], _ pieces: [[UInt8]]) {
        let expected = NaiveUnstuffer.read(wire)
        let result = read(pieces)
        if result.message != expected.message || result.byteCount != expected.end {
            Issue.record("\(wire) in \(pieces.map(\.count)) gave \(result), not \(expected)")
        }
    }

    @Test("ends at a line of a dot with LF alone only where LF is said to end lines")
    func lineFeeds() {
        let table: [(String, String)] = [
            (".\n", ""), ("a\n.\n", "a\n"), ("a\n..b\n...\n.\n", "a\n.b\n..\n"), ("a\r\n.\r\n", "a\r\n"),
            ("a\r\n.\n", "a\r\n"), ("a\n.\r\n", "a\n"), ("a.\nb\r.\n\n.\n", "a.\nb\r.\n\n"), ("\n.\r.\n.\n", "\n\r.\n"),
        ]
        for (wire, message) in table {
            for (name, pieces) in Pieces.variants(Array(wire.utf8) + Self.behind) {
                let result = Self.read(pieces, .lf)
                #expect(
                    result.message == Array(message.utf8) && result.byteCount == wire.utf8.count, "\(wire), \(name)")
            }
        }
    }

    @Test("tells that a message may have ended by a line of a dot with LF alone")
    func mayHaveEnded() {
        let table: [(String, Bool)] = [
            ("a\n.\n", true), ("a\r\n.\n", true), (".\n", true), ("a.\n", false), ("a\n.\nb", false), ("a\n.", false),
            ("a\n..\n", false),
        ]
        for (wire, expected) in table {
            for (name, pieces) in Pieces.variants(Array(wire.utf8)) {
                var unstuffer = Unstuffer()
                for piece in pieces { _ = piece.withUnsafeBytes { unstuffer.consume($0) { _ in } } }
                #expect(unstuffer.mayHaveEnded == expected, "\(wire.debugDescription), \(name)")
            }
        }
    }

    /// The message in the pieces; `byteCount` is what was taken up to the terminator, `nil` without one.
    private static func read(
        _ pieces: [[UInt8]], _ lineEnd: Unstuffer.LineEnd = .crlf
    ) -> (message: [UInt8], byteCount: Int?) {
        var unstuffer = Unstuffer(lineEnd)
        var message: [UInt8] = []
        var byteCount = 0
        for piece in pieces {
            let result = piece.withUnsafeBytes { unstuffer.consume($0) { message.append(contentsOf: $0) } }
            byteCount += result.byteCount
            if result.isFinished { return (message, byteCount) }
        }
        return (message, nil)
    }
}
