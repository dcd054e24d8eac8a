/// A message of an exact size, made block by block from a seed.
///
/// The text is cut from one pool of random lines, so that making it costs little more than copying it. Each block
/// starts with a line of its own, so that no two blocks of any two seeds are equal.
struct GeneratedText {
    private let seed: UInt64
    private var remainingByteCount: Int64
    private var blockNumber: UInt64 = 0

    init(seed: UInt64, byteCount: Int64) {
        precondition(byteCount >= 0, "a message cannot have \(byteCount) bytes")
        self.seed = seed
        remainingByteCount = byteCount
    }

    private static let lineByteCount = 78
    private static let poolLineCount = 4_096
    private static let blockLineCount = 830

    /// Lines of 76 characters and CRLF; every 64th starts with a dot.
    private static let pool: [UInt8] = {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var random = SeededRandom(seed: 1939)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(poolLineCount * lineByteCount)
        for line in 0..<poolLineCount {
            for column in 0..<76 {
                bytes.append(column == 0 && line % 64 == 63 ? 0x2e : alphabet[Int(random.next() % 64)])
            }
            bytes.append(contentsOf: [0x0d, 0x0a])
        }
        return bytes
    }()

    /// The next block, at most 64 KiB; nil after the last.
    mutating func next() -> [UInt8]? {
        guard remainingByteCount > 0 else { return nil }
        var block = makeBlock()
        blockNumber += 1
        if remainingByteCount <= Int64(block.count) {
            block.removeLast(block.count - Int(remainingByteCount))
            Self.endWithCRLF(&block)
        } else if remainingByteCount == Int64(block.count) + 1 {
            // One byte alone could not end in CRLF: leave three.
            block.removeLast(2)
        }
        remainingByteCount -= Int64(block.count)
        return block
    }

    private func makeBlock() -> [UInt8] {
        var random = SeededRandom(seed: seed &+ blockNumber &* 0xd129_0a5f_1b3c_4e67)
        var block: [UInt8] = []
        block.reserveCapacity(ContentReader.chunkByteLimit)
        if blockNumber == 0 { block.append(contentsOf: header(&random)) }
        block.append(contentsOf: "Block \(blockNumber) of seed \(seed)\r\n.\r\n".utf8)
        let line = Int(random.next() % UInt64(Self.poolLineCount - Self.blockLineCount))
        let start = line * Self.lineByteCount
        block.append(contentsOf: Self.pool[start..<start + Self.blockLineCount * Self.lineByteCount])
        return block
    }

    private func header(_ random: inout SeededRandom) -> [UInt8] {
        let name = String(seed, radix: 36)
        let day = 1 + random.next() % 28
        let hour = 10 + random.next() % 14
        let text = """
            From: Sender \(random.next() % 1000) <sender@example.org>\r
            To: Reader <reader@example.net>\r
            Subject: Generated message \(name)\r
            Date: \(day) Jan 2024 \(hour):00:00 +0000\r
            Message-ID: <\(name).\(random.next() % 1_000_000)@simulation.example>\r
            \r

            """
        return Array(text.utf8)
    }

    private static func endWithCRLF(_ block: inout [UInt8]) {
        let count = block.count
        guard count >= 2 else { return block[0] = UInt8(ascii: "x") }
        if count >= 3, block[count - 3] == 0x0d { block[count - 3] = UInt8(ascii: "x") }
        block[count - 2] = 0x0d
        block[count - 1] = 0x0a
    }
}
