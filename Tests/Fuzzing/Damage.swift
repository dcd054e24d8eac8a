/// What may happen to a file, from eight bytes of the fuzzer's: which kind, where, how much, and with what.
struct Damage {
    /// The bytes of the file as it was that are not what they were, or not where.
    private(set) var touched: [Range<Int>] = []
    private(set) var bytes: [UInt8]

    /// - Parameter start: nothing before it is touched.
    init(_ bytes: [UInt8], from start: Int, by script: ArraySlice<UInt8>) {
        self.bytes = bytes
        var rest = script.prefix(64)
        while rest.count >= 8 {
            apply(Array(rest.prefix(8)), from: start)
            rest = rest.dropFirst(8)
        }
    }

    private mutating func apply(_ step: [UInt8], from start: Int) {
        guard bytes.count > start else { return }
        let place = Int(step[1]) << 16 | Int(step[2]) << 8 | Int(step[3])
        let offset = start + place % (bytes.count - start)
        let end = min(bytes.count, offset + 1 + Int(step[4]) << 8 + Int(step[5]))
        let noise = Seeded.noise(end - offset, seed: UInt64(step[6]) << 8 | UInt64(step[7]))
        switch step[0] % 8 {
        case 0: change(offset..<offset + 1, to: [bytes[offset] ^ max(1, step[6])])
        case 1: change(offset..<end, to: noise)
        case 2: change(offset..<end, to: Array(repeating: 0, count: end - offset))
        case 3:
            let block = max(start, offset / 4096 * 4096)..<min(bytes.count, (offset / 4096 + 1) * 4096)
            change(block, to: Array(repeating: 0, count: block.count))
        case 4: move(offset..<bytes.count, to: [])
        case 5: move(offset..<offset, to: noise)
        case 6: move(offset..<end, to: [])
        default:
            let source = (Int(step[6]) << 8 | Int(step[7])) * bytes.count >> 16
            move(offset..<end, to: Array(bytes[source...].prefix(end - offset)))
        }
    }

    /// Other bytes in their place: the checksums tell.
    private mutating func change(_ range: Range<Int>, to new: [UInt8]) {
        bytes.replaceSubrange(range, with: new)
        touched.append(range)
    }

    /// Good bytes where they do not belong, or none: what follows may no longer be what it seems.
    private mutating func move(_ range: Range<Int>, to new: [UInt8]) {
        bytes.replaceSubrange(range, with: new)
        touched.append(range.lowerBound..<Int.max)
    }

    func touches(_ range: Range<Int>) -> Bool { touched.contains { $0.overlaps(range) } }
}
