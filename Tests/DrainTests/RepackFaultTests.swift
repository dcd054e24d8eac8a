import Archive
import Catalog
import Foundation
import Glibc
import Manifest
import Platform
import Testing

@testable import Drain
@testable import Retrieval

/// Repacks that end in the middle, and readers who come meanwhile: no message is lost, or taken for damaged.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RepackFaultTests {
    typealias Failing = RepairFaultTests.Failing

    /// The last calls empty the lock's file: they cut it, write nothing, and sync it.
    private static let farewellCallCount = 3

    /// Who opens the archive next.
    enum Next: CaseIterable, Sendable {
        case drain, reindex, repair, repack

        func run(_ bench: RepackBench) async throws {
            switch self {
            case .drain: try await bench.archive.builder.run([])
            case .reindex: #expect(try Reindex(bench.layout).run(progress: { _ in }).damages.isEmpty)
            case .repair: _ = try await bench.archive.repair()
            case .repack: #expect(try bench.repack(.small).damages.isEmpty)
            }
        }
    }

    @Test("nothing more is done from any call on: all messages are there, and whoever writes next makes it whole")
    func cutOff() async throws {
        let bench = try await RepackBench()
        let counting = Faults(nil, under: bench.layout.root, only: 0)
        try bench.repack(.small)
        counting.remove()
        let streams = try bench.streams()
        for number in 1...counting.count {
            try bench.reset()
            let faults = Faults(nil, under: bench.layout.root, errorNumber: EIO, only: number, goesOn: true)
            defer { faults.remove() }
            if number <= counting.count - Self.farewellCallCount {
                #expect(throws: (any Error).self) { try bench.repack(.small) }
            }
            faults.remove()
            // As it was left, for readers.
            #expect(try bench.archive.readable() == bench.archive.all, "call \(number)")
            #expect(try bench.archive.damages().isEmpty, "call \(number)")
            let next = Next.allCases[number % Next.allCases.count]
            try await next.run(bench)
            #expect(try bench.leftovers().isEmpty, "call \(number), then \(next)")
            #expect(try bench.archive.readable() == bench.archive.all, "call \(number), then \(next)")
            #expect(try bench.archive.damages().isEmpty, "call \(number), then \(next)")
            if next == .repack || next == .reindex { #expect(try bench.streams() == streams) }
            guard number % 7 == 0 else { continue }
            try await bench.expectSound()
        }
    }

    @Test("a call that fails ends it, and costs nothing", arguments: RepairFaultTests.failing)
    func eachCall(failing: Failing) async throws {
        let bench = try await RepackBench()
        let counting = Faults(failing.call, under: bench.layout.root, only: 0)
        try bench.repack(.small)
        counting.remove()
        let step = max(1, counting.count / 8)
        for number in stride(from: 1, through: counting.count, by: step) {
            try bench.reset()
            let faults = Faults(failing.call, under: bench.layout.root, errorNumber: failing.errorNumber, only: number)
            defer { faults.remove() }
            do { try bench.repack(.small) } catch {
                #expect(error is FileError || error is ArchiveError, "call \(number): \(error)")
            }
            faults.remove()
            #expect(try bench.archive.damages().isEmpty, "call \(number) on \(faults.failedPath)")
            #expect(try bench.repack(.small).damages.isEmpty)
            #expect(try bench.leftovers().isEmpty, "call \(number) on \(faults.failedPath)")
            #expect(try bench.archive.readable() == bench.archive.all, "call \(number) on \(faults.failedPath)")
            #expect(try bench.archive.damages().isEmpty, "call \(number) on \(faults.failedPath)")
        }
    }

    @Test("a full disk leaves every volume as it was, and is told with its remedy") func fullDisk() async throws {
        let bench = try await RepackBench()
        let before = try bench.archive.checksums()
        let faults = Faults(.write, under: bench.layout.volumes, only: 2, goesOn: true)
        defer { faults.remove() }
        let error = #expect(throws: FileError.self) { try bench.repack(.small) }
        #expect(error?.description.contains("free some space") == true)
        faults.remove()
        #expect(try bench.archive.checksums() == before)
        try await bench.expectSound()
    }

    @Test("a version that does not come back as it was written never takes the name") func badVersion() async throws {
        let bench = try await RepackBench()
        let before = try bench.archive.checksums()
        let path = bench.layout.path(try bench.sealed[0])
        let faults = Faults(.write, under: path, suffix: ".new", only: 2) {
            do {
                let file = try File(path + ".new", .readWrite)
                try Array("?".utf8).withUnsafeBytes { try file.write($0, at: 40) }
            } catch {
                Issue.record("\(error)")
            }
        }
        defer { faults.remove() }
        let error = #expect(throws: ArchiveError.self) { try bench.repack(.small) }
        #expect(error?.message.contains("it stays as it was") == true)
        faults.remove()
        #expect(try bench.archive.checksums() == before)
        try await bench.expectSound()
    }

    @Test("a new version that is whole takes the place of an old one that is gone, where the journal tells of it")
    func oldVersionGone() async throws {
        let bench = try await RepackBench()
        let file = try #require(try bench.sealed.first)
        let path = bench.layout.path(file)
        let pool = CompressionPool(.small, workerCount: 2)
        defer { pool.stop() }
        let new = try RepackedFile(path, as: RepackSwitch.temporary(path), pool: pool, isStopping: { false })
        let old = RepackJournal.Version(
            length: try File(path, .read).length(), digest: try VolumeChecksums.digest(of: path))
        try RepackJournal(
            file: file, old: old, new: .init(length: new.length, digest: new.digest), members: new.members
        ).write(bench.layout)
        try FileSystem.remove(path)
        let notices = try await bench.archive.builder.run([])
        #expect(notices.contains("\(file): a repack that was interrupted is completed"))
        try await bench.expectSound()
    }

    @Test("whoever reads meanwhile, at any moment, finds every message and no damage") func readers() async throws {
        let bench = try await RepackBench()
        let counting = Faults(.sync, under: bench.layout.root, only: 0)
        try bench.repack(.small)
        counting.remove()
        for number in 1...counting.count {
            try bench.reset()
            let early = try ReaderInTheMiddle(bench.archive)
            try early.readAll()
            let faults = Faults(.sync, under: bench.layout.root, only: number) { early.readAllAndVerify() }
            defer { faults.remove() }
            try bench.repack(.small)
            faults.remove()
            #expect(early.problems.isEmpty, "call \(number): \(early.problems)")
            try early.readAll()
        }
    }

    @Test("a verification finds no damage, whichever of its reads a repack comes before")
    func verificationMeanwhile() async throws {
        let bench = try await RepackBench()
        // The next version is longer: as much of it as the last one had may end where an entry does.
        try bench.repack(.small)
        try bench.putAside()
        let counting = Faults(.read, under: bench.layout.volumes, only: 0)
        #expect(try Verification(bench.layout, workerCount: 1).run(sample: 1).damages.isEmpty)
        counting.remove()
        for number in stride(from: 1, through: counting.count, by: max(1, counting.count / 24)) {
            try bench.reset()
            let faults = Faults(.read, under: bench.layout.volumes, only: number) {
                do { try bench.repack(.fast) } catch { Issue.record("\(error)") }
            }
            defer { faults.remove() }
            let damages = try Verification(bench.layout, workerCount: 1).run(sample: 1).damages
            #expect(damages.isEmpty && faults.failures == 1, "read \(number): \(damages)")
        }
    }

    @Test("a verification that began before a volume was sealed and repacked finds no damage", arguments: [0, 1])
    func sealedMeanwhile(repackCount: Int) async throws {
        let archive = try await RepairBench(.tar, volumeByteLimit: 1 << 30)
        let verification = try Verification(archive.layout, workerCount: 2)
        let (files, lastRecord) = try verification.catalog.committed()
        let builder = ArchiveBuilder(scratch: archive.scratch, volumeByteLimit: 1 << 17)
        try await builder.run([[ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(3000, seed: 77))]])
        for _ in 0..<repackCount { #expect(try Repack(archive.layout, .small).run { _ in }.fileCount == 1) }
        try verification.verifyFiles(files, lastRecord)
        try verification.verifyChain(files, lastRecord)
        try verification.verifyOwnFiles(files)
        let damages = try verification.report().damages
        #expect(damages.isEmpty, "\(damages)")
    }

    @Test("a journal that cannot be read is told with its remedy, which helps") func badJournal() async throws {
        let bench = try await RepackBench()
        let faults = Faults(.sync, under: bench.layout.volumes, suffix: "volumes", only: 1, goesOn: true)
        defer { faults.remove() }
        #expect(throws: FileError.self) { try bench.repack(.small) }
        faults.remove()
        try bench.scratch.write("archive/repack.journal", Array("mailcask repack 1\n".utf8))
        let error = #expect(throws: ArchiveError.self) { try bench.repack(.small) }
        #expect(error?.message.contains("mailcask repair") == true)
        try FileSystem.remove(bench.layout.repackJournal)
        _ = try await bench.archive.repair()
        #expect(try bench.archive.readable() == bench.archive.all)
        #expect(try bench.archive.damages().isEmpty)
    }
}

/// A reader that was there before the repack, with files open and members in memory, and others that come in the middle.
private final class ReaderInTheMiddle: @unchecked Sendable {
    private let bench: RepairBench
    private let reader: ArchiveReader
    // Set by one thread, the one that repacks, and read when it is done.
    private(set) var problems: [String] = []

    init(_ bench: RepairBench) throws {
        self.bench = bench
        reader = try ArchiveReader(bench.layout)
    }

    func readAll() throws {
        for mail in bench.mails { #expect(try reader.contents(of: mail.digest) == mail.bytes) }
    }

    func readAllAndVerify() {
        do {
            let fresh = try ArchiveReader(bench.layout)
            for mail in bench.mails {
                for reader in [reader, fresh] {
                    if try reader.contents(of: mail.digest) != mail.bytes { problems.append("\(mail.digest)") }
                }
            }
            problems += try bench.damages().map(\.description)
        } catch {
            problems.append("\(error)")
        }
    }
}
