import Catalog
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@testable import Archive
@testable import Drain

/// Archives whose catalogue is older than their volumes, as one that was brought back from a backup.
@Suite(.timeLimit(.minutes(10))) struct OlderCatalogueTests {
    /// Groups behind what the catalogue knows, and what is done to one member of them.
    struct Tail: Sendable, CustomTestStringConvertible {
        let groupCount: Int
        let isHole: Bool
        var testDescription: String { "\(groupCount) groups, \(isHole ? "a hole" : "a flipped byte")" }
    }

    private struct Member {
        let offset: Int
        let end: Int
        /// The path of its first entry; empty where it goes on with one.
        let path: String
    }

    @Test(
        "whichever member behind it is damaged, nothing is cut off, and all other mail is there behind a repair",
        arguments: ArchiveFormat.allCases,
        [Tail(groupCount: 1, isHole: false), Tail(groupCount: 2, isHole: false), Tail(groupCount: 2, isHole: true)])
    func damagedTail(format: ArchiveFormat, tail: Tail) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format)
        try await builder.run([ArchiveBuilder.sample()[0]])
        let older = try builder.scratch.bytes("archive/catalog.sqlite")
        let groups = Array(ArchiveBuilder.sample(seed: 9).prefix(tail.groupCount))
        let mails = ArchiveBuilder.sample()[0] + groups.joined()
        let volume = "archive/" + ArchiveLayout.volume(1)
        let committedLength = try builder.scratch.bytes(volume).count
        try await write(groups, to: builder)
        let bench = RepairBench(builder, mails)
        let whole = try builder.scratch.bytes(volume)
        var places: [Digest: Place] = [:]
        try Catalog(bench.layout, .read).forEachSegment { places[$0] = $1 }
        let needs = try Dictionary(
            bench.all.map { ($0.message, try Catalog(bench.layout, .read).segments(of: $0.message) ?? []) }
        ) { first, _ in first }
        #expect(try builder.scratch.shell("cp -a archive newer").status == 0)
        for member in try members(builder, from: committedLength) {
            #expect(try builder.scratch.shell("rm -rf archive && cp -a newer archive").status == 0)
            for suffix in ["-wal", "-shm"] { try FileSystem.remove(bench.layout.catalog + suffix) }
            try builder.scratch.write("archive/catalog.sqlite", older)
            var bytes = whole
            if tail.isHole {
                for index in member.offset..<member.end { bytes[index] = 0 }
            } else {
                bytes[(member.offset + member.end) / 2] ^= 0x55
            }
            try builder.scratch.write(volume, bytes)
            let later = ArchiveBuilder.Mail("carla", "later", ArchiveBuilder.text(500, seed: 3))
            try await builder.run([[later]])
            #expect(try builder.scratch.bytes(volume) == bytes, "\(member)")
            // What a list named is not known without it.
            if member.path.hasSuffix(".parts") { continue }
            _ = try await bench.repair()
            let expected = bench.all.filter { held in
                !needs[held.message, default: []].contains {
                    let place = places[$0]
                    return place?.file == ArchiveLayout.volume(1) && place?.memberOffset == UInt64(member.offset)
                }
            }
            let readable = try bench.readable()
            #expect(readable.isSuperset(of: expected), "\(member): \(expected.subtracting(readable).count) are missing")
            #expect(readable.contains(.init(account: "carla", message: later.digest)))
            #expect(try bench.damages().isEmpty)
        }
    }

    @Test("with no catalogue at all, a damaged last record costs no mail", arguments: ArchiveFormat.allCases)
    func lostCatalogue(format: ArchiveFormat) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format)
        try await builder.run([ArchiveBuilder.sample()[0]])
        let group = ArchiveBuilder.sample(seed: 9)[0]
        try await write([group], to: builder)
        let record = try #require(try members(builder, from: 0).last)
        #expect(record.path.hasPrefix("runs/"))
        try builder.scratch.flip("archive/" + ArchiveLayout.volume(1), at: (record.offset + record.end) / 2)
        try FileSystem.remove(builder.layout.catalog)
        let later = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(500, seed: 3))
        try await builder.run([[later]])
        let bench = RepairBench(builder, ArchiveBuilder.sample()[0] + group + [later])
        _ = try await bench.repair()
        try await bench.expectSound(holding: bench.all)
    }

    @Test("a sealed volume that it does not know is taken in by a repair, which says so")
    func unknownSealedVolume() async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), volumeByteLimit: 1 << 16)
        try await builder.run([ArchiveBuilder.sample()[0]])
        let older = try builder.scratch.bytes("archive/catalog.sqlite")
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        let sealed = try VolumeChecksums.read(builder.layout).keys
        for suffix in ["-wal", "-shm"] { try FileSystem.remove(builder.layout.catalog + suffix) }
        try builder.scratch.write("archive/catalog.sqlite", older)
        let bench = RepairBench(builder, ArchiveBuilder.sample()[0] + ArchiveBuilder.sample(seed: 9).joined())
        #expect(try bench.damages().contains { $0.reason.contains("the catalogue does not know it") })
        let outcome = try await bench.repair()
        for file in sealed { #expect(outcome.notices.contains { $0.hasPrefix(file) }, "\(outcome.notices)") }
        #expect(outcome.setAside.isEmpty && outcome.rewrittenCount == 0)
        try await bench.expectSound(holding: bench.all)
    }

    /// Groups of a run that tells no results.
    private func write(_ groups: [[ArchiveBuilder.Mail]], to builder: ArchiveBuilder) async throws {
        try await builder.write { committer in
            for group in groups {
                for mail in group {
                    let name = ListedName(uniqueID: mail.uniqueID)
                    _ = try await committer.add(
                        try builder.received(mail.bytes), as: name, account: builder.account(mail.account))
                }
                try await committer.settle()
            }
            return []
        }
    }

    @Test("a group that the end of the file cuts off goes, unless its record may be known to nobody else")
    func tornRecord() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        try await builder.run([ArchiveBuilder.sample()[0]])
        let volume = "archive/" + ArchiveLayout.volume(1)
        let committedLength = try builder.scratch.bytes(volume).count
        #expect(try builder.scratch.shell("cp -a archive older").status == 0)
        try await builder.run([ArchiveBuilder.sample(seed: 9)[1]])
        let whole = try builder.scratch.bytes(volume)
        let last = try #require(try Catalog(builder.layout, .read).lastRecord())
        for member in try members(builder, from: committedLength).prefix(6) {
            let isRecord = member.path.hasPrefix("runs/")
            for end in [member.offset, member.offset + 5, (member.offset + member.end) / 2, member.end - 1] {
                #expect(try builder.scratch.shell("rm -rf archive && cp -a older archive").status == 0)
                try builder.scratch.write(volume, Array(whole.prefix(end)))
                for hasCatalogue in [true, false] {
                    let tail = try VolumeTail(
                        builder.layout, file: ArchiveLayout.volume(1), from: UInt64(committedLength), behind: last,
                        hasCatalogue: hasCatalogue)
                    #expect(tail.wholeEnd == UInt64(committedLength))
                    #expect(
                        tail.isUnfinished == (hasCatalogue || !isRecord || end <= member.offset + 5),
                        "\(member), cut at \(end)")
                }
            }
            if isRecord { break }
        }
    }

    private func members(_ builder: ArchiveBuilder, from offset: Int) throws -> [Member] {
        let file = try File(builder.layout.path(ArchiveLayout.volume(1)), .read)
        let length = Int(try file.length())
        let inflater = MemberInflater()
        var result: [Member] = []
        var offset = offset
        while offset < length {
            let (raw, count) = try inflater.inflate(file, at: UInt64(offset))
            let isEntry = raw.count >= 512 && raw[257..<262].elementsEqual("ustar".utf8)
            let path = isEntry ? String(decoding: raw.prefix(100).prefix { $0 != 0 }, as: UTF8.self) : ""
            result.append(Member(offset: offset, end: offset + count, path: path))
            offset += count
        }
        return result
    }
}
