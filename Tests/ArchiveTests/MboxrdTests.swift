import Archive
import Testing

@Suite struct MboxrdTests {
    @Test(
        "adds one mark to every line of marks and From, and takes one away",
        arguments: [
            ("", ""), ("From ", ">From "), ("From", "From"), (">From x", ">>From x"), (">>>From ", ">>>>From "),
            ("a\nFrom b\n", "a\n>From b\n"), ("a\r\nFrom b\r\n", "a\r\n>From b\r\n"), ("a\rFrom b", "a\rFrom b"),
            ("From:\n", "From:\n"), (" From ", " From "), ("> From ", "> From "), (">>\n>", ">>\n>"),
            ("FFrom ", "FFrom "), ("\n\nFrom \nFrom From ", "\n\n>From \n>From From "),
        ])
    func table(plain: String, quoted: String) {
        #expect(run(.quote, Array(plain.utf8)) == Array(quoted.utf8))
        #expect(run(.unquote, Array(quoted.utf8)) == Array(plain.utf8))
    }

    @Test("does what the definition says, whatever the pieces")
    func random() {
        var random = Seeded(7)
        let alphabet = [">From ", ">", "From ", "F", "Fro", "\n", "\r", "x", " ", "\0"].map { Array($0.utf8) }
        for round in 0..<4000 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 0...24, using: &random) { bytes += alphabet.randomElement(using: &random)! }
            let quoted = Self.reference(.quote, bytes)
            for pieces in [1, Int.max, 0] {
                #expect(run(.quote, bytes, pieces, seed: UInt64(round)) == quoted)
                #expect(run(.unquote, quoted, pieces, seed: UInt64(round)) == bytes)
                #expect(run(.unquote, bytes, pieces, seed: UInt64(round)) == Self.reference(.unquote, bytes))
            }
        }
    }

    /// Line by line, as the definition has it.
    private static func reference(_ direction: Mboxrd.Direction, _ bytes: [UInt8]) -> [UInt8] {
        let mark = UInt8(ascii: ">")
        let lines = bytes.split(separator: 10, omittingEmptySubsequences: false).map { line -> [UInt8] in
            let marks = line.prefix { $0 == mark }
            guard line.dropFirst(marks.count).starts(with: "From ".utf8) else { return Array(line) }
            if direction == .quote { return [mark] + line }
            return marks.isEmpty ? Array(line) : Array(line.dropFirst())
        }
        return Array(lines.joined(separator: [10]))
    }

    /// - Parameter pieces: bytes at a time; 0 for random sizes.
    private func run(_ direction: Mboxrd.Direction, _ bytes: [UInt8], _ pieces: Int = .max, seed: UInt64 = 0) -> [UInt8]
    {
        var random = Seeded(seed)
        var quoting = Mboxrd(direction)
        var result: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces == 0 ? Int.random(in: 1...7, using: &random) : pieces))
            piece.withUnsafeBytes { quoting.consume($0) { result += $0 } }
            rest = rest.dropFirst(piece.count)
        }
        quoting.finish { result += $0 }
        return result
    }
}
