import Mail
import Platform
import Testing

@testable import Archive

/// A volume that several threads read against the same one read by one.
@Suite struct VolumePiecesTests {
    private struct Walk: Equatable {
        var entries: [String] = []
        var damages: [String] = []
    }

    private static let serial: UInt64 = 1 << 40

    @Test("gives the entries that one thread gives, in their order", arguments: [700, 5_000, 60_000, 900_000])
    func same(pieceByteCount: UInt64) throws {
        let scratch = Scratch()
        try write(scratch)
        let walk = try walk(scratch, pieceByteCount)
        #expect(walk == (try self.walk(scratch, Self.serial)))
        #expect(walk.damages.isEmpty)
        #expect(walk.entries.count == 302)
    }

    @Test("reads in pieces at all")
    func pieces() throws {
        let scratch = Scratch()
        try write(scratch)
        let pieces = try #require(
            try VolumePieces(scratch.layout, file: ArchiveLayout.volume(1), from: 0, to: nil, byteCount: 5_000))
        var count = 0
        let broken = try pieces.forEachEntry { _ in
            count += 1
            return true
        }
        #expect(broken == nil)
        #expect(count == 302)
    }

    @Test("tells and passes over a byte that changed as one thread does")
    func damage() throws {
        let scratch = Scratch()
        try write(scratch)
        let file = "archive/" + ArchiveLayout.volume(1)
        let whole = try scratch.bytes(file)
        var random = Seeded(5)
        var damagedCount = 0
        for _ in 0..<60 {
            var bytes = whole
            bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            try scratch.write(file, bytes)
            let walk = try walk(scratch, 5_000)
            #expect(walk == (try self.walk(scratch, Self.serial)))
            if !walk.damages.isEmpty { damagedCount += 1 }
        }
        #expect(damagedCount > 40)
    }

    @Test("takes the start of a member of its own tag inside a message for no cut")
    func forged() throws {
        let scratch = Scratch()
        try write(scratch)
        let file = ArchiveLayout.volume(1)
        let tag = try #require(try MemberMark(in: File(scratch.layout.path(file), .read), at: 0)).tag
        // What nobody outside can know is written into the mail: members of mail that does not compress hold it as it is.
        var forged: [UInt8] = [0x1F, 0x8B, 8, 0]
        forged += (0..<4).map { UInt8(truncatingIfNeeded: tag >> (8 * UInt32($0))) } + [0, 255]
        var bytes = try scratch.bytes("archive/" + file)
        let noise = try #require(bytes.indices.dropFirst(100_000).first { bytes[$0] & 0x3F == 1 })
        bytes.replaceSubrange(noise..<noise + forged.count, with: forged)
        try scratch.write("archive/" + file, bytes)
        for pieceByteCount: UInt64 in [700, 5_000, 60_000] {
            #expect(try walk(scratch, pieceByteCount) == walk(scratch, Self.serial))
        }
    }

    @Test("goes on behind an entry that its reader refuses", arguments: [0, 1, 150, 301])
    func refused(index: Int) throws {
        let scratch = Scratch()
        try write(scratch)
        let all = try walk(scratch, Self.serial)
        let walk = try walk(scratch, 5_000, refusing: all.entries[index])
        #expect(walk.damages.count == 1)
        #expect(walk.entries == (try self.walk(scratch, Self.serial, refusing: all.entries[index])).entries)
    }

    // MARK: - Writing and walking

    private func write(_ scratch: Scratch) throws {
        try ArchiveFolder.prepare(scratch.layout)
        let pool = CompressionPool(.fast, workerCount: 2)
        defer { pool.stop() }
        let writer = try VolumeWriter(scratch.layout, number: 1, committedLength: 0, pool: pool)
        let budget = MemoryBudget(byteLimit: 64 << 20)
        for group in 1...2 {
            for index in 0..<75 {
                let size = [40, 900, 7_000, 30_000, 120_000][index % 5] + index * group
                let bytes = Seeded.noise(size, seed: UInt64(group * 1000 + index))
                let message = try MessageReceiverTests.receive(bytes, scratch.path, budget)
                let segment = IncomingMessage.Segment(range: 0..<UInt64(size), digest: message.digest)
                _ = try writer.addPart(segment, of: message)
                try writer.addList(
                    path: "mail/ann/\(message.digest).parts", [ArchiveLayout.part(message.digest)], time: 0)
            }
            try writer.finishGroup(GroupRecord(run: GroupRecord.Run(id: "run", started: 0)), group: group)
        }
        try writer.flushedFile()?.sync()
    }

    private func walk(_ scratch: Scratch, _ pieceByteCount: UInt64, refusing refused: String? = nil) throws -> Walk {
        var walk = Walk()
        try VolumeScanner.walk(scratch.layout, file: ArchiveLayout.volume(1), pieceByteCount: pieceByteCount) {
            let place = $0.place
            let entry =
                "\($0.path) \($0.digest) \(place.memberOffset)+\(place.innerOffset) \(place.length) \($0.memberEnd) "
                + "\($0.text?.count ?? -1)"
            if entry == refused { throw ArchiveError(.damaged, $0.path, "refused") }
            walk.entries.append(entry)
        } damage: { error, goesOn in
            walk.damages.append("\(error) \(goesOn)")
        }
        return walk
    }
}
