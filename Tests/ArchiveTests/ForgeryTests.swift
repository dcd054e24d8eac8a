import Mail
import Testing

@testable import Archive

/// Mail that was made to be taken for a part of the archive, in a volume that is damaged: it is not.
@Suite struct ForgeryTests {
    private static let forged = "runs/20260101T000000Z-aaaaaa/0001.jsonl"
    private static let small = Array("what lies behind it".utf8)

    @Test("the inside of a message is no entry, and no end of the archive, where its beginning is damaged")
    func continuation() throws {
        // The second member of such a message begins with this byte.
        var mail = Seeded.noise(261_632, seed: 1).map { $0 & 0x1F | 0x40 }
        mail += try forgedEntry() + [UInt8](repeating: 0, count: 1024) + [UInt8](repeating: 10, count: 40_000)
        try expectNothingForged(mail, damagedAt: 5000)
    }

    @Test("a member of another file that stands in a damaged one is none of it")
    func foreign() throws {
        let member = try forgedEntry().withUnsafeBytes { GzipCompressor(.small).member(of: $0) }
        try expectNothingForged(Seeded.noise(200_000, seed: 2), damagedAt: 1000, with: member)
    }

    @Test("an entry that is no plain file is refused, whatever length it claims", arguments: ["sparse", "link"])
    func extensions(kind: String) throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        let make = kind == "sparse" ? "truncate -s 100G parts" : "ln -s elsewhere parts"
        let made = try scratch.shell("\(make) && tar -S -czf archive/volumes/000001.tar.gz parts")
        #expect(made.status == 0, "\(made.output)")
        let error = #expect(throws: ArchiveError.self) {
            try VolumeScanner(scratch.layout, file: ArchiveLayout.volume(1)).next()
        }
        #expect(error?.code == .damaged)
    }

    @Test("lines of nothing take no memory")
    func emptyLines() throws {
        let lines = TextLines([UInt8](repeating: 10, count: 1 << 20) + Array("a\n\nb".utf8)).map { Array($0) }
        #expect(lines == [[97], [98]])
    }

    @Test(
        "no path of an archive leads out of it, or to what is no mail",
        arguments: ["../victim", "/etc/passwd", "catalog.sqlite", "volumes/../x", "mbox/../000001.mbox.gz", ""])
    func paths(path: String) throws {
        #expect(!ArchiveLayout.isMailFile(path))
        let scratch = Scratch()
        try scratch.write("archive/manifest-sha256.txt", Array("\(String(repeating: "0", count: 64))  \(path)\n".utf8))
        #expect(throws: ArchiveError.self) { try VolumeChecksums.read(scratch.layout) }
        var record = GroupRecord(run: GroupRecord.Run(id: "run", started: 0))
        record.repair = GroupRecord.Repair()
        record.repair?.setAside = [GroupRecord.Repair.SetAside(path: path, sha256: nil)]
        let bytes = try record.encoded()
        #expect(throws: ArchiveError.self) { try GroupRecord(encoded: bytes, path: "runs/run/0001.jsonl") }
    }

    @Test("a number that has no next one is none of a volume")
    func numbers() {
        #expect(ArchiveLayout.volumeNumber(ofName: "9223372036854775807.tar.gz") == nil)
        #expect(ArchiveLayout.volumeNumber(ofName: "1000000.tar.gz") == 1_000_000)
    }

    // MARK: - Making

    private func forgedEntry() throws -> [UInt8] {
        let text = Array(#"{"format":1,"id":"20260101T000000Z-aaaaaa","kind":"run","started":1}"#.utf8) + [10]
        let encoder = try TarEncoder()
        try encoder.begin(path: Self.forged, size: UInt64(text.count), time: 0)
        try text.withUnsafeBytes { try encoder.write($0) }
        try encoder.finish()
        return encoder.take()
    }

    /// - Returns: where the mail lies, and the digest of the segment behind it.
    private func write(_ mail: [UInt8], _ scratch: Scratch) throws -> (place: Place, behind: Digest) {
        try ArchiveFolder.prepare(scratch.layout)
        let pool = CompressionPool(.balanced, workerCount: 2)
        defer { pool.stop() }
        let writer = try VolumeWriter(scratch.layout, number: 1, committedLength: 0, pool: pool)
        let budget = MemoryBudget(byteLimit: 64 << 20)
        var handles: [VolumeWriter.Handle] = []
        var digests: [Digest] = []
        for bytes in [mail, Self.small] {
            let message = try MessageReceiverTests.receive(bytes, scratch.path, budget)
            let segment = IncomingMessage.Segment(range: 0..<message.size, digest: message.digest)
            handles.append(try writer.addPart(segment, of: message))
            digests.append(message.digest)
        }
        try writer.finishGroup(GroupRecord(run: GroupRecord.Run(id: "run", started: 0)), group: 1)
        return (writer.place(of: handles[0]), digests[1])
    }

    private func expectNothingForged(_ mail: [UInt8], damagedAt offset: Int, with bytes: [UInt8] = [0xA5]) throws {
        let scratch = Scratch()
        let (place, behind) = try write(mail, scratch)
        let file = "archive/" + ArchiveLayout.volume(1)
        var volume = try scratch.bytes(file)
        volume.replaceSubrange(
            (Int(place.memberOffset) + offset)...,
            with: bytes + volume.dropFirst(Int(place.memberOffset) + offset + bytes.count))
        try scratch.write(file, volume)
        var paths: [String] = []
        var damageCount = 0
        try VolumeScanner.walk(scratch.layout, file: ArchiveLayout.volume(1)) {
            paths.append($0.path)
        } damage: { _, _ in
            damageCount += 1
        }
        #expect(damageCount > 0)
        #expect(paths == [ArchiveLayout.part(behind), "runs/run/0001.jsonl"])
    }
}
