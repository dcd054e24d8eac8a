@testable import Archive

/// A member inflates to what it was made of, and a damaged one to nothing else.
enum MembersTarget {
    static func check(_ bytes: [UInt8]) {
        var random = Seeded(Arrival.fingerprint(of: bytes))
        // The bytes as a file: no answer is out of bounds.
        if let found = inflate(bytes) {
            holds(found.stored <= bytes.count && found.raw.count <= MemberSize.rawByteLimit, "the sizes are possible")
        }
        let raw = bytes.isEmpty ? [0] : Array(bytes.prefix(MemberSize.rawByteLimit))
        let compressor = GzipCompressor(Compression.allCases.randomElement(using: &random)!)
        let member = raw.withUnsafeBytes { compressor.member(of: $0) }
        holds(member.count <= MemberSize.storedByteLimit, "a member keeps its bound")
        holds(inflate(member + raw)! == (raw, member.count), "a member inflates to what it was made of")
        var damaged = member
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            damaged[Int.random(in: damaged.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
        }
        if let found = inflate(damaged) { holds(found.raw == raw, "a damaged member inflates to no other bytes") }
        let cut = Int.random(in: 0..<member.count, using: &random)
        holds(inflate(Array(member.prefix(cut))) == nil, "a part of a member is none")
    }

    private static let decompressor = Decompressor()

    private static func inflate(_ stored: [UInt8]) -> (raw: [UInt8], stored: Int)? {
        decompressor.inflate(stored)
    }

    /// Used by the fuzzer's one thread.
    private final class Decompressor: @unchecked Sendable {
        private let decompressor = GzipDecompressor()
        private var buffer = [UInt8](repeating: 0, count: MemberSize.rawByteLimit)

        func inflate(_ stored: [UInt8]) -> (raw: [UInt8], stored: Int)? {
            let counts = stored.withUnsafeBytes { stored in
                buffer.withUnsafeMutableBytes { decompressor.inflate(stored, into: $0) }
            }
            return counts.map { (Array(buffer.prefix($0.rawByteCount)), $0.storedByteCount) }
        }
    }
}
