import Mail
import Platform
import Testing

@testable import Archive

@Suite struct MessageReceiverTests {
    private static let sizes = [0, 1, 16 << 10, (256 << 10) + 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 9_000_001]

    @Test("gives the same message from memory and from the spool", arguments: sizes)
    func sameEitherWay(size: Int) throws {
        let scratch = Scratch()
        let bytes = Self.message(size)
        let ample = MemoryBudget(byteLimit: 64 << 20)
        let memory = try Self.receive(bytes, scratch.path, ample)
        let spool = try Self.receive(bytes, scratch.path, MemoryBudget(byteLimit: 0))
        for message in [memory, spool] {
            #expect(message.size == UInt64(size))
            #expect(message.digest == bytes.withUnsafeBytes { Digest.of($0) })
            #expect(message.segments.map(\.digest) == memory.segments.map(\.digest))
            #expect(message.segments.map(\.range) == memory.segments.map(\.range))
            #expect(message.segments.reduce(0) { $0 + UInt64($1.range.count) } == UInt64(size))
            for segment in message.segments {
                let part = bytes[Int(segment.range.lowerBound)..<Int(segment.range.upperBound)]
                #expect(segment.digest == Array(part).withUnsafeBytes { Digest.of($0) })
            }
            #expect(message.facts.subject == (size > 100 ? "a subject" : ""))
            var whole: [UInt8] = []
            try message.content.forEachChunk(in: 0..<message.size, chunkByteLimit: 100_000) { whole += $0 }
            #expect(whole == bytes)
        }
        #expect(try FileSystem.names(in: scratch.path).isEmpty, "a spool file has no name")
    }

    @Test("gives the budget back when the messages go")
    func budget() throws {
        let scratch = Scratch()
        let budget = MemoryBudget(byteLimit: 4 << 20)
        for _ in 0..<20 { _ = try Self.receive(Self.message(2 << 20), "/nonexistent", budget) }
        var held: [IncomingMessage] = []
        for _ in 0..<10 { held.append(try Self.receive(Self.message(1 << 20), scratch.path, budget)) }
        #expect(Set(held.map(\.digest)).count == 1)
        held = []
        _ = try Self.receive(Self.message(2 << 20), "/nonexistent", budget)
    }

    @Test("a message that never ended takes nothing with it")
    func abandoned() throws {
        let budget = MemoryBudget(byteLimit: 2 << 20)
        for _ in 0..<10 {
            let receiver = MessageReceiver(spoolDirectory: "/nonexistent", budget: budget, expectedOctets: nil)
            try Self.message(3 << 19).withUnsafeBytes { try receiver.append($0) }
        }
        #expect(throws: Never.self) { try Self.receive(Self.message(2 << 20), "/nonexistent", budget) }
    }

    @Test("says at the end that spooling failed, naming the folder")
    func noSpool() {
        let error = #expect(throws: FileError.self) {
            try Self.receive(Self.message(5 << 20), "/nonexistent", MemoryBudget(byteLimit: 64 << 20))
        }
        #expect(error?.description.contains("/nonexistent") == true)
    }

    @Test("takes any size that a server lists for a hint", arguments: [nil, 0, 1, 999_999_999_999_999_999, UInt64.max])
    func hints(octets: UInt64?) throws {
        let scratch = Scratch()
        let receiver = MessageReceiver(
            spoolDirectory: scratch.path, budget: MemoryBudget(byteLimit: 1 << 20), expectedOctets: octets)
        try Array("a".utf8).withUnsafeBytes { try receiver.append($0) }
        #expect(try receiver.finish().size == 1)
    }

    static func message(_ size: Int) -> [UInt8] {
        let header = Array("From: ann@example.org\r\nSubject: a subject\r\n\r\n".utf8)
        return Array((header + Seeded.noise(max(0, size - header.count), seed: UInt64(size))).prefix(size))
    }

    static func receive(_ bytes: [UInt8], _ folder: String, _ budget: MemoryBudget) throws -> IncomingMessage {
        var random = Seeded(UInt64(bytes.count))
        let receiver = MessageReceiver(spoolDirectory: folder, budget: budget, expectedOctets: nil)
        try bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 0...70_000, using: &random))
                try receiver.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
        return try receiver.finish()
    }
}
