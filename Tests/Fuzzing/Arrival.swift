/// The ways in which bytes may arrive: cuts that depend on the input alone, so that a finding repeats.
struct Arrival {
    let pieces: [ArraySlice<UInt8>]

    /// Whole, in two random ways, and byte by byte where that is not too slow.
    static func all(of bytes: [UInt8]) -> [Arrival] {
        var random = Seeded(fingerprint(of: bytes))
        var all = [Arrival(pieces: [bytes[...]]), Arrival(bytes, &random), Arrival(bytes, &random)]
        if bytes.count <= 4096 { all.append(Arrival(pieces: bytes.indices.map { bytes[$0...$0] })) }
        return all
    }

    private init(pieces: [ArraySlice<UInt8>]) { self.pieces = pieces }

    /// Short pieces and long ones, some of them empty.
    private init(_ bytes: [UInt8], _ random: inout Seeded) {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let limit = Bool.random(using: &random) ? 5 : 1 + bytes.count / 3
            let piece = rest.prefix(Int.random(in: 0...limit, using: &random))
            pieces.append(piece)
            rest = rest.dropFirst(piece.count)
        }
        self.pieces = pieces
    }

    /// FNV-1a of the bytes: choices of a target that no byte of its input stands for.
    static func fingerprint(of bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
