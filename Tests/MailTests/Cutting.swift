import Foundation
import Mail
import Testing

/// Ways of feeding one message to a cutter.
enum Cutting {
    static func whole(_ bytes: [UInt8], _ cutter: SegmentCutter = SegmentCutter()) -> [UInt64] {
        var cutter = cutter
        bytes.withUnsafeBytes { cutter.consume($0) }
        return cutter.finish()
    }

    static func pieces(_ bytes: [UInt8], of length: Int, _ cutter: SegmentCutter = SegmentCutter()) -> [UInt64] {
        var cutter = cutter
        for start in stride(from: 0, to: bytes.count, by: length) {
            bytes[start..<min(bytes.count, start + length)].withUnsafeBytes { cutter.consume($0) }
        }
        return cutter.finish()
    }

    /// Pieces whose lengths the seed chooses, short and long ones, some of them empty.
    static func random(_ bytes: [UInt8], seed: UInt64, _ cutter: SegmentCutter = SegmentCutter()) -> [UInt64] {
        var cutter = cutter
        var generator = SeededGenerator(seed: seed)
        var start = 0
        while start < bytes.count {
            let limit = Bool.random(using: &generator) ? 8 : 4000
            let end = min(bytes.count, start + Int.random(in: 0...limit, using: &generator))
            bytes[start..<end].withUnsafeBytes { cutter.consume($0) }
            start = end
        }
        return cutter.finish()
    }

    /// The segments' bytes.
    static func segments(_ bytes: [UInt8], _ cutter: SegmentCutter = SegmentCutter()) -> [[UInt8]] {
        var start = 0
        return whole(bytes, cutter).map { length in
            defer { start += Int(length) }
            return Array(bytes[start..<start + Int(length)])
        }
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
