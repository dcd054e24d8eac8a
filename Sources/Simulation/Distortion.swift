/// What happens to the bytes of a reply on their way.
struct Distortion {
    enum Limit {
        case close(ConnectionEnding)
        case stall
    }

    private(set) var limit: (byteCount: Int64, then: Limit)?
    private(set) var garble: SeededRandom?
    private(set) var split: SeededRandom?
    private(set) var dripBytesPerSecond: Int?

    /// nil when no fault touches the bytes.
    init?(_ faults: [Fault]) {
        var touched = false
        for fault in faults {
            switch fault {
            case .closeAfterBytes(let count, let how): limit = (count, .close(how))
            case .stallAfterBytes(let count): limit = (count, .stall)
            case .garble(let seed): garble = SeededRandom(seed: seed)
            case .splitWrites(let seed): split = SeededRandom(seed: seed)
            case .drip(let rate): dripBytesPerSecond = max(1, rate)
            default: continue
            }
            touched = true
        }
        guard touched else { return nil }
    }

    /// Changes bytes in place; `isFirst` for the start of the reply.
    mutating func garble(_ bytes: inout [UInt8], isFirst: Bool) {
        guard var random = garble else { return }
        for index in bytes.indices where (isFirst && index == 0) || random.next() % 16 == 0 {
            bytes[index] ^= UInt8(1 + random.next() % 127)
        }
        garble = random
    }

    /// How many of the next bytes go out in one write.
    mutating func pieceByteCount() -> Int {
        if var random = split {
            defer { split = random }
            return 1 + Int(random.next() % 16)
        }
        if let dripBytesPerSecond { return max(1, dripBytesPerSecond / 20) }
        return Int.max
    }
}
