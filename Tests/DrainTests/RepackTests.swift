import Catalog
import Foundation
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@testable import Archive
@testable import Drain

/// What a repack does to an archive, and what it leaves as it is.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RepackTests {
    @Test(
        "the tar streams stay byte for byte what they were, and all that is told of them holds",
        arguments: Compression.allCases, Compression.allCases)
    func roundTrip(first: Compression, second: Compression) async throws {
        let bench = try await RepackBench()
        let (streams, rows, before) = (try bench.streams(), try bench.lastingRows(), try modes(bench))
        for compression in [first, second, first] {
            let outcome = try bench.repack(compression)
            #expect(outcome.damages.isEmpty && outcome.notices.isEmpty && !outcome.isStopped)
            #expect(try bench.streams() == streams)
            #expect(try bench.lastingRows() == rows)
            #expect(try bench.leftovers().isEmpty)
        }
        #expect(try modes(bench) == before)
        try await bench.expectSound()
    }

    private func modes(_ bench: RepackBench) throws -> String {
        try bench.scratch.shell("cd archive && stat -c '%a %n' volumes/*").output
    }

    @Test("volumes become smaller, by as much as is told, and the next drain goes on behind them")
    func smaller() async throws {
        let bench = try await RepackBench()
        let sealed = try bench.sealed
        let outcome = try bench.repack(.small)
        #expect(outcome.fileCount == sealed.count)
        #expect(outcome.newOctets < outcome.oldOctets)
        let lengths = try sealed.map { try File(bench.layout.path($0), .read).length() }
        #expect(lengths.reduce(0, +) == outcome.newOctets)
        let mail = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(3000, seed: 77))
        try await bench.archive.builder.run([[mail]])
        let later = RepairBench(bench.archive.builder, bench.archive.mails + [mail])
        #expect(try later.readable() == later.all)
        try await later.expectSound(holding: later.all)
    }

    @Test("the permissions of a volume stay") func permissions() async throws {
        let bench = try await RepackBench()
        let file = try #require(try bench.sealed.first)
        #expect(try bench.scratch.shell("chmod 440 archive/\(file)").status == 0)
        try bench.repack(.small)
        #expect(try bench.scratch.shell("stat -c %a archive/\(file)").output == "440")
    }

    @Test("members begin an entry, or go on inside one, as they did, and a volume's get a tag of their own")
    func marks() async throws {
        let bench = try await RepackBench()
        let sealed = try bench.sealed
        let before = try sealed.map(bench.marks)
        #expect(before.joined().contains { $0.start == .continuation })
        let outcome = try bench.repack(.small)
        #expect(outcome.fileCount == sealed.count)
        let after = try sealed.map(bench.marks)
        #expect(after.map { $0.map(\.start) } == before.map { $0.map(\.start) })
        for (old, new) in zip(before, after) {
            #expect(Set(new.map(\.tag)).count == 1)
            #expect(new.first?.tag != old.first?.tag && new.first?.tag != 0)
        }
    }

    @Test("files are the same, but for their tags, however many threads compress") func workers() async throws {
        let bench = try await RepackBench()
        var digests: Set<[Digest]> = []
        for workerCount in [1, 2, 5] {
            try bench.reset()
            try bench.repack(.balanced, workerCount: workerCount)
            digests.insert(try bench.untaggedDigests())
        }
        #expect(digests.count == 1)
    }

    @Test("what is compressed so already, or not sealed, is left as it is") func needless() async throws {
        let bench = try await RepackBench()
        let before = try bench.archive.checksums()
        let sealedCount = try bench.sealed.count
        var lines: [String] = []
        let outcome = try bench.repack(.fast, progress: { lines.append($0) })
        #expect(outcome.fileCount == 0)
        #expect(try bench.archive.checksums() == before)
        #expect(lines.filter { $0.contains("compressed so already") }.count == sealedCount)
        #expect(lines.filter { $0.contains("it is not sealed") }.count == 1)
    }

    @Test("mbox files are left as they are, and the volumes with their records are repacked")
    func mbox() async throws {
        let archive = try await RepairBench(.mbox, volumeByteLimit: 1 << 11)
        let before = try archive.checksums().filter { $0.contains("mbox/") }
        var lines: [String] = []
        let outcome = try Repack(archive.layout, .small).run { lines.append($0) }
        #expect(outcome.damages.isEmpty && outcome.fileCount >= 1)
        #expect(try archive.checksums().filter { $0.contains("mbox/") } == before)
        #expect(lines.contains { $0.hasPrefix("mbox/") && $0.contains("left as it is") })
        #expect(try archive.readable() == archive.all)
        try await archive.expectSound(holding: archive.all)
    }

    @Test(
        "a damaged volume is named and left as it is, and the others are repacked", arguments: ["flipped", "missing"])
    func damaged(what: String) async throws {
        let bench = try await RepackBench()
        let sealed = try bench.sealed
        let path = "archive/\(sealed[0])"
        let length = Int(try File(bench.layout.path(sealed[0]), .read).length())
        if what == "flipped" {
            try bench.scratch.flip(path, at: length / 2)
        } else {
            try FileSystem.remove(bench.layout.path(sealed[0]))
        }
        let before = try bench.archive.checksums()
        let outcome = try bench.repack(.small)
        #expect(outcome.damages.count == 1)
        #expect(outcome.damages.first?.hasPrefix("\(sealed[0]): ") == true)
        #expect(outcome.fileCount == sealed.count - 1)
        let after = try bench.archive.checksums()
        #expect(after.filter { $0.hasSuffix(sealed[0]) } == before.filter { $0.hasSuffix(sealed[0]) })
        #expect(try bench.leftovers().isEmpty)
    }

    @Test("a request to stop leaves the volume under way as it was, and no other files") func stopping() async throws {
        let bench = try await RepackBench()
        for call in [1, 6, 20] {
            try bench.reset()
            let stop = StopControl()
            let faults = Faults(.read, under: bench.layout.volumes, only: call) { stop.request() }
            defer { faults.remove() }
            let outcome = try bench.repack(.small, stop: stop)
            faults.remove()
            #expect(outcome.isStopped && outcome.fileCount < 2, "call \(call)")
            try await bench.expectSound()
        }
    }

    @Test("an archive that another run writes is left alone") func locked() async throws {
        let bench = try await RepackBench()
        let lock = try ArchiveLock(bench.layout)
        #expect { try bench.repack(.small) } throws: { ($0 as? ArchiveError)?.code == .locked }
        withExtendedLifetime(lock) {}
    }

    @Test("a catalogue from before a repack is made anew by the next run, and nothing is lost or taken for damage")
    func olderCatalogue() async throws {
        let bench = try await RepackBench()
        try bench.repack(.small)
        let bringingBack = "rm archive/catalog.sqlite*; cp -a fresh/catalog.sqlite* archive"
        #expect(try bench.scratch.shell(bringingBack).status == 0)
        let mail = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(3000, seed: 77))
        let notices = try await bench.archive.builder.run([[mail]])
        #expect(notices.contains { $0.contains("older than the last repack") })
        let later = RepairBench(bench.archive.builder, bench.archive.mails + [mail])
        #expect(try later.readable() == later.all)
        try await later.expectSound(holding: later.all)
    }

    @Test("a catalogue from before a volume was sealed and repacked is made anew too")
    func muchOlderCatalogue() async throws {
        let archive = try await RepairBench(.tar, volumeByteLimit: 1 << 30)
        #expect(try archive.scratch.shell("cp -a archive/catalog.sqlite* .").status == 0)
        let builder = ArchiveBuilder(scratch: archive.scratch, volumeByteLimit: 1 << 17)
        let mail = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(3000, seed: 77))
        try await builder.run([[mail]])
        let outcome = try Repack(archive.layout, .small).run { _ in }
        #expect(outcome.fileCount == 1)
        #expect(try archive.scratch.shell("rm archive/catalog.sqlite*; cp -a catalog.sqlite* archive").status == 0)
        let later = RepairBench(builder, archive.mails + [mail])
        _ = try await builder.run([])
        #expect(try later.readable() == later.all)
        try await later.expectSound(holding: later.all)
    }
}
