import Simulation

/// Ways of cutting a stream into the pieces in which it arrives.
enum Pieces {
    /// Whole, byte by byte, and in splits that the seeds choose, each with a name for the failure's text.
    static func variants(_ bytes: [UInt8], seeds: Range<UInt64> = 0..<8) -> [(name: String, pieces: [[UInt8]])] {
        [("whole", [bytes]), ("byte by byte", bytes.map { [$0] })]
            + seeds.map { ("seed \($0)", random(bytes, seed: $0)) }
    }

    /// Short and long pieces, some of them empty.
    static func random(_ bytes: [UInt8], seed: UInt64) -> [[UInt8]] {
        var generator = SeededRandom(seed: seed)
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let limit = Bool.random(using: &generator) ? 3 : 4096
            let end = min(bytes.count, start + Int.random(in: 0...limit, using: &generator))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }
}
