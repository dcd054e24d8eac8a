import Archive
import Catalog
import Drain
import Foundation
import Mail
import Manifest
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct RebuilderTests {
    @Test("makes from the files alone what the catalogue said", arguments: ArchiveFormat.allCases, [1 << 18, 1 << 30])
    func rebuilds(format: ArchiveFormat, volumeByteLimit: UInt64) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format, volumeByteLimit: volumeByteLimit)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        let old = try CatalogRows.all(Catalog(builder.layout, .read))
        #expect(!old["messages"]!.isEmpty && old["checkpoints"]!.count > 12)
        let outcome = try Reindex(builder.layout).run { _ in }
        #expect(outcome.damages.isEmpty)
        let new = try CatalogRows.all(Catalog(builder.layout, .read))
        for table in old.keys.sorted() { #expect(old[table] == new[table], "\(table)") }
    }

    @Test("takes whole groups only from a volume that was cut off anywhere")
    func truncated() async throws {
        let scratch = Scratch()
        let builder = ArchiveBuilder(scratch: scratch)
        // The catalogue after each group is what a volume cut off there must give.
        var states: [(length: Int, rows: [String: [String]])] = [(0, [:])]
        for group in ArchiveBuilder.sample() {
            try await builder.run([group])
            let rows = try CatalogRows.all(Catalog(builder.layout, .read))
            states.append((try scratch.bytes("archive/volumes/000001.tar.gz").count, rows))
        }
        let whole = try scratch.bytes("archive/volumes/000001.tar.gz")
        var cuts = memberStarts(whole) + [whole.count]
        var random = Seeded(5)
        cuts += (0..<25).map { _ in Int.random(in: 0...whole.count, using: &random) }
        let trial = ArchiveBuilder(scratch: Scratch())
        for cut in cuts {
            try trial.scratch.write("archive/volumes/000001.tar.gz", Array(whole.prefix(cut)))
            try? FileSystem.remove(trial.layout.catalog)
            let outcome = try Reindex(trial.layout).run { _ in }
            let rows = try CatalogRows.all(Catalog(trial.layout, .read))
            // A run's results are a group of their own behind its last messages.
            let known = states.last { $0.length <= cut }!
            if known.length == cut { check(rows, known.rows, cut) }
            #expect(rows["checkpoints"]!.count >= (known.rows["checkpoints"] ?? []).count, "cut at \(cut)")
            let files = try Catalog(trial.layout, .read).files()
            #expect(files.values.allSatisfy { $0.length <= UInt64(cut) })
            if cut == whole.count { #expect(outcome.damages.isEmpty) }
            try expectWhole(Catalog(trial.layout, .read))
        }
    }

    @Test("leaves out what stood in a lost volume, and takes all else")
    func lostVolume() async throws {
        let scratch = Scratch()
        let builder = ArchiveBuilder(scratch: scratch, volumeByteLimit: 1 << 18)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        let count = try Catalog(builder.layout, .read).totals().messageCount
        #expect(try ArchiveFolder.volumeNumbers(builder.layout).count > 2)
        try FileSystem.remove(builder.layout.path(ArchiveLayout.volume(1)))
        let outcome = try Reindex(builder.layout).run { _ in }
        #expect(!outcome.damages.isEmpty)
        let catalog = try Catalog(builder.layout, .read)
        #expect(try catalog.totals().messageCount > 0, "of \(count): \(outcome)")
        try expectWhole(catalog)
    }

    /// What a record may say of a message that is not so.
    enum Disagreement: CaseIterable {
        case listOfAnother, moreOctets, noOctets

        func apply(to messages: inout [GroupRecord.Message]) {
            switch self {
            case .listOfAnother: messages[0].path = messages[1].path
            case .moreOctets: messages[0].size += 1
            case .noOctets: messages[0].size = 0
            }
        }
    }

    @Test("takes no message whose record does not agree with what is stored", arguments: Disagreement.allCases)
    func disagreement(_ disagreement: Disagreement) throws {
        let scratch = Scratch()
        let layout = scratch.layout
        try ArchiveFolder.prepare(layout)
        let pool = CompressionPool(.fast, workerCount: 1)
        defer { pool.stop() }
        let writer = try VolumeWriter(layout, number: 1, committedLength: 0, pool: pool)
        var record = GroupRecord(run: GroupRecord.Run(id: "a", started: 0))
        record.accounts = [GroupRecord.Account(name: "ann", host: "h", port: 995, user: "ann")]
        for (index, mail) in [ArchiveBuilder.sample()[0][0], ArchiveBuilder.sample()[0][5]].enumerated() {
            let budget = MemoryBudget(byteLimit: 1 << 20)
            let receiver = MessageReceiver(spoolDirectory: layout.root, budget: budget, expectedOctets: nil)
            try mail.bytes.withUnsafeBytes { try receiver.append($0) }
            let message = try receiver.finish()
            #expect(message.segments.count == 2)
            for segment in message.segments { _ = try writer.addPart(segment, of: message) }
            let path = ArchiveLayout.list(account: "ann", message.digest)
            try writer.addList(path: path, message.segments.map { ArchiveLayout.part($0.digest) }, time: 0)
            record.messages.append(
                GroupRecord.Message(
                    account: "ann", uniqueID: [UInt8(index)], digest: message.digest, size: message.size, path: path,
                    archived: 0))
        }
        disagreement.apply(to: &record.messages)
        try writer.finishGroup(record, group: 1)
        let outcome = try Reindex(layout).run { _ in }
        #expect(outcome.damages.count == 1, "\(outcome.damages)")
        let catalog = try Catalog(layout, .read)
        #expect(try catalog.allDigests() == [record.messages[1].digest])
        try expectWhole(catalog)
    }

    @Test("takes what a lost record named once a later one names it too")
    func laterRecord() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        let (first, second) = (ArchiveBuilder.text(5000, seed: 3), ArchiveBuilder.text(300, seed: 4))
        try await builder.run([[.init("ann", "1", first), .init("ann", "2", second)]])
        try await builder.run([[.init("ann", "3", first)], [.init("ann", "4", second)]])
        let scanner = try VolumeScanner(builder.layout, file: ArchiveLayout.volume(1))
        var place: Place?
        while place == nil, let entry = try scanner.next() { if entry.isRecord { place = entry.place } }
        let offset = Int(try #require(place).memberOffset) + 60
        try builder.scratch.flip("archive/" + ArchiveLayout.volume(1), at: offset)
        #expect(try !Reindex(builder.layout).run { _ in }.damages.isEmpty)
        let catalog = try Catalog(builder.layout, .read)
        for (name, mail) in [("3", first), ("4", second)] {
            let digest = mail.withUnsafeBytes { Digest.of($0) }
            #expect(try catalog.archivedMessage(uniqueID: Array(name.utf8), account: "ann")?.digest == digest)
        }
        try expectWhole(catalog)
    }

    @Test("counts a message for no account whose own list of it is gone")
    func ownList() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        let mail = ArchiveBuilder.letters(to: ["ann"], sharing: ArchiveBuilder.text(5000, seed: 3))[0]
        try await builder.run([[mail], [ArchiveBuilder.Mail("bob", "7", mail.bytes)]])
        let path = ArchiveLayout.list(account: "bob", mail.digest)
        let scanner = try VolumeScanner(builder.layout, file: ArchiveLayout.volume(1))
        var place: Place?
        while let entry = try scanner.next() { if entry.path == path { place = entry.place } }
        let offset = Int(try #require(place).memberOffset) + 60
        try builder.scratch.flip("archive/" + ArchiveLayout.volume(1), at: offset)
        let outcome = try Reindex(builder.layout).run { _ in }
        #expect(outcome.damages.contains { $0.contains("message \(mail.digest) of bob is lost") })
        #expect(try Catalog(builder.layout, .read).holders(of: mail.digest) == ["ann"])
    }

    @Test("takes each account's own copy from an mbox, whichever of them is damaged", arguments: ["ann", "bob"])
    func ownCopy(damaged: String) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: .mbox)
        let bytes = ArchiveBuilder.text(5000, seed: 1)
        try await builder.run([[.init("ann", "1", bytes), .init("bob", "1", bytes)]])
        try builder.scratch.flip("archive/" + ArchiveLayout.mbox(account: damaged, 1), at: 100)
        #expect(try !Reindex(builder.layout).run { _ in }.damages.isEmpty)
        let catalog = try Catalog(builder.layout, .read)
        let digest = bytes.withUnsafeBytes { Digest.of($0) }
        #expect(try catalog.holders(of: digest) == ["ann", "bob"].filter { $0 != damaged })
        try expectWhole(catalog)
    }

    private func check(_ rows: [String: [String]], _ expected: [String: [String]], _ cut: Int) {
        for table in rows.keys.sorted() where table != "files" {
            #expect(rows[table] == expected[table] ?? [], "\(table), cut at \(cut)")
        }
    }

    /// Every message that the catalogue names can be read and is what its digest says.
    private func expectWhole(_ catalog: Catalog) throws {
        let reader = MemberReader(catalog.layout)
        for digest in try catalog.allDigests() {
            var stream = DigestStream()
            for place in try #require(try catalog.places(of: digest)) { try reader.read(place) { stream.update($0) } }
            #expect(stream.finish() == digest)
        }
    }

    /// Where gzip members begin, by their magic; a false one does no harm here.
    private func memberStarts(_ bytes: [UInt8]) -> [Int] {
        bytes.indices.filter {
            $0 + 3 < bytes.count && bytes[$0] == 0x1F && bytes[$0 + 1] == 0x8B && bytes[$0 + 2] == 8
        }
    }
}
