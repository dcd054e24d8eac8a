import Archive
import Catalog
import Mail
import Manifest
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain

/// What lies in an archive and is known to nobody is never written over.
@Suite(.timeLimit(.minutes(10))) struct NothingOverwrittenTests {
    private static let letters = [[UInt8]].letters(8, byteCount: 3000)

    private func server(_ range: Range<Int>) throws -> SimulatedServer {
        try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(Self.letters[range]))])
    }

    @Test("an mbox whose records are lost stays as it is, and new mail goes into the next one")
    func mboxWithoutRecords() async throws {
        let bench = try Bench()
        let old = try server(0..<5)
        #expect(try await bench.drain([bench.account("ann", at: old)], format: .mbox).isComplete)
        let file = "archive/" + ArchiveLayout.mbox(account: "ann", 1)
        let before = try bench.scratch.bytes(file)
        try FileSystem.remove(bench.layout.path(ArchiveLayout.volume(1)))
        #expect(try Reindex(bench.layout).run { _ in }.damages.contains { $0.contains("mbox/ann/000001.mbox.gz") })
        let new = try server(5..<8)
        _ = try await bench.drain([bench.account("ann", at: new)], format: .mbox)
        #expect(try bench.scratch.bytes(file) == before)
        #expect(FileSystem.exists(bench.layout.path(ArchiveLayout.mbox(account: "ann", 2))))
    }

    @Test("a foreign file among the volumes is left alone")
    func foreignFile() async throws {
        let bench = try Bench()
        let server = try server(0..<5)
        #expect(try await bench.drain([bench.account("ann", at: server)]).isComplete)
        let text = Array("not a volume\n".utf8)
        try bench.scratch.write("archive/" + ArchiveLayout.volume(4), text)
        let more = try self.server(0..<8)
        _ = try await bench.drain([bench.account("ann", at: more)])
        #expect(try await Repair(bench.layout).run { _ in }.isNothing)
        #expect(try bench.scratch.bytes("archive/" + ArchiveLayout.volume(4)) == text)
        #expect(FileSystem.exists(bench.layout.path(ArchiveLayout.volume(5))))
        let reader = try ArchiveReader(bench.layout)
        for letter in Self.letters {
            #expect(try reader.contents(of: letter.withUnsafeBytes { .of($0) }) == letter)
        }
    }

    @Test("the number of a lost volume that was sealed is not used again, and its loss is told")
    func lostSealedVolume() async throws {
        let bench = try Bench()
        let large = (0..<12).map { Seeded.noise(300_000, seed: UInt64($0)) + [13, 10] }
        let first = try SimulatedServer(maildrops: ["ann": Bench.maildrop(large)])
        #expect(try await bench.drain([bench.account("ann", at: first)]).isComplete)
        let sealed = try VolumeChecksums.read(bench.layout).keys.sorted()
        let lost = try #require(sealed.last)
        for number in try ArchiveFolder.volumeNumbers(bench.layout) {
            try FileSystem.remove(bench.layout.path(ArchiveLayout.volume(number)))
        }
        #expect(try Reindex(bench.layout).run { _ in }.damages.contains { $0.contains(lost) })
        #expect(try await bench.drain([bench.account("ann", at: first)]).isComplete)
        #expect(!FileSystem.exists(bench.layout.path(lost)))
        let reader = try ArchiveReader(bench.layout)
        for letter in large {
            #expect(try reader.contents(of: letter.withUnsafeBytes { .of($0) }) == letter)
        }
    }

    @Test("a folder that holds other things is refused")
    func foreignFolder() async throws {
        let bench = try Bench()
        let server = try server(0..<1)
        try bench.scratch.write("archive/thesis.txt", [1, 2, 3])
        let error = await #expect(throws: ArchiveError.self) {
            _ = try await bench.drain([bench.account("ann", at: server)])
        }
        #expect(error?.code == .otherFormat)
        #expect(try FileSystem.names(in: bench.layout.root) == ["thesis.txt"])
    }

    @Test("an export into the archive is refused")
    func exportInside() async throws {
        let bench = try Bench()
        let server = try server(0..<1)
        #expect(try await bench.drain([bench.account("ann", at: server)]).isComplete)
        let reader = try ArchiveReader(bench.layout)
        #expect(throws: ArchiveError.self) {
            _ = try Export(reader, .tarGzip, directory: bench.layout.volumes).run(MessageFilter())
        }
    }

    @Test("an account that moves to another server with the same unique-ids is fetched from there")
    func movedAccount() async throws {
        let bench = try Bench()
        let old = try server(0..<4)
        #expect(try await bench.drain([bench.account("ann", at: old)]).isComplete)
        let new = try server(4..<8)
        #expect(try await bench.drain([bench.account("ann", at: new)]).isComplete)
        try bench.expect(["ann": Self.letters])
    }
}
