/// A set of keys that answers "no" for sure and "yes" nearly so: a blocked Bloom filter (Putze, Sanders, Singler, "Cache-,
/// Hash- and Space-Efficient Bloom Filters", 2007). A question reads one line of the processor's cache.
///
/// At its capacity about one "yes" in eighty is wrong; beyond it more are.
struct DigestFilter: Sendable {
    private static let bitsPerKey = 10
    private static let wordsPerBlock = 8
    /// Bits of a block of 512 that a key sets.
    private static let bitsSet = 6

    private var words: [UInt64]
    private let blockCount: UInt64
    /// Keys for which it is large enough.
    let capacity: Int
    /// Keys that were added, repeated ones too.
    private(set) var count = 0

    /// - Parameter byteLimit: of memory; it bounds the capacity.
    init(capacity: Int, byteLimit: Int) {
        let blockByteCount = Self.wordsPerBlock * 8
        let blocks = min(capacity * Self.bitsPerKey / 8, byteLimit) / blockByteCount
        blockCount = UInt64(max(1, blocks))
        self.capacity = Int(blockCount) * blockByteCount * 8 / Self.bitsPerKey
        words = [UInt64](repeating: 0, count: Int(blockCount) * Self.wordsPerBlock)
    }

    var byteCount: Int { words.count * 8 }

    mutating func insert(_ key: UInt64) {
        count += 1
        var (start, bits) = Self.places(of: key, blockCount)
        for _ in 0..<Self.bitsSet {
            words[start + Int(bits >> 6 & 7)] |= 1 << (bits & 63)
            bits >>= 9
        }
    }

    /// `false` where the key was never added.
    func mayContain(_ key: UInt64) -> Bool {
        var (start, bits) = Self.places(of: key, blockCount)
        for _ in 0..<Self.bitsSet {
            guard words[start + Int(bits >> 6 & 7)] & 1 << (bits & 63) != 0 else { return false }
            bits >>= 9
        }
        return true
    }

    /// The first word of a key's block, and nine bits for each bit in it.
    private static func places(of key: UInt64, _ blockCount: UInt64) -> (start: Int, bits: UInt64) {
        let block = (key &* 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: blockCount).high
        var mixed = (key ^ key >> 29) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 32) &* 0x94D0_49BB_1331_11EB
        return (Int(block) * wordsPerBlock, mixed ^ mixed >> 31)
    }
}
