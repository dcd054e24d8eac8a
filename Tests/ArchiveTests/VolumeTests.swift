import Mail
import Platform
import Testing

@testable import Archive

/// A volume as it is written, scanned and read.
@Suite struct VolumeTests {
    /// At and about every size at which the way of an entry changes.
    private static let sizes: [Int] = [
        0, 1, 511, 512, 513, 1023, 1024, (96 << 10) - 1, 96 << 10, (96 << 10) + 1, (128 << 10) - 512, 128 << 10,
        (256 << 10) - 513, (256 << 10) - 512, (256 << 10) - 511, (256 << 10) - 1, 256 << 10, (256 << 10) + 1,
        2 * ((256 << 10) - 512), 2 * ((256 << 10) - 512) + 1, 5 << 20,
    ]

    private struct Written {
        var places: [Digest: (place: Place, bytes: [UInt8])] = [:]
        var length: UInt64 = 0
    }

    @Test("gives back segments of every size, by place and by scanning", arguments: Compression.allCases)
    func sizes(compression: Compression) throws {
        let scratch = Scratch()
        let written = try write(scratch, Self.sizes + Self.sizes.reversed().map { $0 + 7 }, compression)
        let reader = MemberReader(scratch.layout, cachedMemberLimit: 2)
        for (digest, expected) in written.places {
            #expect(try read(reader, expected.place) == expected.bytes, "\(expected.bytes.count) bytes")
            #expect(expected.bytes.withUnsafeBytes { Digest.of($0) } == digest)
        }
        let scanner = try VolumeScanner(scratch.layout, file: ArchiveLayout.volume(1))
        var scanned: Set<Digest> = []
        var last: ScannedEntry?
        while let entry = try scanner.next() {
            last = entry
            guard entry.text == nil else { continue }
            #expect(entry.path.contains(entry.digest.hex))
            #expect(entry.place == written.places[entry.digest]?.place, "\(entry.path)")
            scanned.insert(entry.digest)
        }
        #expect(scanned == Set(written.places.keys))
        #expect(last?.path == "runs/run/0001.jsonl")
        #expect(last?.memberEnd == written.length)
        let tar = try scratch.shell("tar -tzf archive/volumes/000001.tar.gz > names")
        #expect(tar.status == 0)
        #expect(tar.output.isEmpty)
    }

    @Test("finds and names a byte that changed anywhere in a volume")
    func damage() throws {
        let scratch = Scratch()
        let written = try write(scratch, [0, 1, 600, 5000, 97 << 10, 300 << 10], .balanced)
        let file = "archive/" + ArchiveLayout.volume(1)
        let whole = try scratch.bytes(file)
        #expect(whole.count == Int(written.length))
        var random = Seeded(3)
        let inTime = { (offset: Int) in self.isMemberHeaderTime(whole, offset) }
        for _ in 0..<300 {
            let offset = Int.random(in: whole.indices, using: &random)
            if inTime(offset) { continue }
            var bytes = whole
            bytes[offset] ^= UInt8.random(in: 1...255, using: &random)
            try scratch.write(file, bytes)
            let error = #expect(throws: ArchiveError.self, "byte \(offset)") { try self.scan(scratch.layout) }
            #expect(error?.code == .damaged)
            #expect(error?.description.contains("volumes/000001.tar.gz") == true)
        }
    }

    @Test("cuts off what lies behind the committed length, and refuses a file that is shorter")
    func reopening() throws {
        let scratch = Scratch()
        let written = try write(scratch, [100], .fast)
        let file = "archive/" + ArchiveLayout.volume(1)
        try scratch.write(file, try scratch.bytes(file) + [1, 2, 3])
        let pool = CompressionPool(.fast, workerCount: 1)
        defer { pool.stop() }
        var record = GroupRecord(run: GroupRecord.Run(id: "again", started: 0))
        record.results = [GroupRecord.Result(account: "ann")]
        let writer = try VolumeWriter(scratch.layout, number: 1, committedLength: written.length, pool: pool)
        try writer.finishGroup(record, group: 1)
        #expect(try scratch.bytes(file).count == Int(writer.length))
        _ = try scan(scratch.layout)
        let length = writer.length
        let error = #expect(throws: ArchiveError.self) {
            let beyond = try VolumeWriter(scratch.layout, number: 1, committedLength: length + 1, pool: pool)
            try beyond.finishGroup(record, group: 2)
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("\(length + 1)") == true)
    }

    @Test("says that a place is beyond its file, or its file gone", arguments: ["shorter", "missing", "offset"])
    func reading(what: String) throws {
        let scratch = Scratch()
        let written = try write(scratch, [300 << 10, 100], .fast)
        var place = try #require(written.places.values.first { $0.bytes.count == 300 << 10 }).place
        let file = "archive/" + ArchiveLayout.volume(1)
        switch what {
        case "shorter": try scratch.write(file, Array(try scratch.bytes(file).prefix(Int(place.memberOffset) + 1000)))
        case "missing": try FileSystem.remove(scratch.path + "/" + file)
        default:
            place = Place(
                file: place.file, memberOffset: place.memberOffset + 1, innerOffset: 512, length: place.length)
        }
        let error = #expect(throws: ArchiveError.self) {
            try self.read(MemberReader(scratch.layout), place)
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("volumes/000001.tar.gz") == true)
    }

    // MARK: - Writing and reading

    private func write(_ scratch: Scratch, _ sizes: [Int], _ compression: Compression) throws -> Written {
        try ArchiveFolder.prepare(scratch.layout)
        let pool = CompressionPool(compression, workerCount: 2)
        defer { pool.stop() }
        let writer = try VolumeWriter(scratch.layout, number: 1, committedLength: 0, pool: pool)
        var written = Written()
        var handles: [(Digest, VolumeWriter.Handle, [UInt8])] = []
        let budget = MemoryBudget(byteLimit: 64 << 20)
        for (index, size) in sizes.enumerated() {
            let bytes = Seeded.noise(size, seed: UInt64(index + 1)).map { $0 & 0x3F | 0x40 }
            let message = try MessageReceiverTests.receive(bytes, scratch.path, budget)
            let segment = IncomingMessage.Segment(range: 0..<UInt64(size), digest: message.digest)
            if handles.contains(where: { $0.0 == message.digest }) { continue }
            handles.append((message.digest, try writer.addPart(segment, of: message), bytes))
            try writer.addList(path: "mail/ann/\(message.digest).parts", [ArchiveLayout.part(message.digest)], time: 0)
        }
        try writer.finishGroup(GroupRecord(run: GroupRecord.Run(id: "run", started: 0)), group: 1)
        try writer.flushedFile()?.sync()
        for (digest, handle, bytes) in handles { written.places[digest] = (writer.place(of: handle), bytes) }
        written.length = writer.length
        return written
    }

    private func read(_ reader: MemberReader, _ place: Place) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try reader.read(place) { bytes += $0 }
        return bytes
    }

    /// Reads a volume through; parts must be what their names say.
    private func scan(_ layout: ArchiveLayout) throws {
        let scanner = try VolumeScanner(layout, file: ArchiveLayout.volume(1))
        while let entry = try scanner.next() {
            if entry.text == nil, !entry.path.hasSuffix(entry.digest.hex) {
                throw ArchiveError(.damaged, ArchiveLayout.volume(1), "other bytes")
            }
        }
    }

    /// Time, extra flags and system in a gzip header: nothing depends on them.
    private func isMemberHeaderTime(_ bytes: [UInt8], _ offset: Int) -> Bool {
        (4...9).contains { offset >= $0 && bytes[(offset - $0)...].starts(with: [0x1F, 0x8B, 8]) }
    }
}
