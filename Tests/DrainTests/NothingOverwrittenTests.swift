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

    @Test(
        "mbox files that are newer than the catalogue and the records stay as they are, and are told",
        arguments: [true, false])
    func newerMbox(hasCatalogue: Bool) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: .mbox, volumeByteLimit: 1 << 17)
        try await builder.run([ArchiveBuilder.sample()[0]])
        #expect(try builder.scratch.shell("cp -a archive older").status == 0)
        for seed: UInt64 in [9, 20] { try await builder.run(ArchiveBuilder.sample(seed: seed)) }
        #expect(try VolumeChecksums.read(builder.layout).keys.contains { $0.hasPrefix("mbox/") })
        let restoring = "cd archive && rm -rf volumes catalog* && cp -a ../older/volumes ../older/catalog* ."
        #expect(try builder.scratch.shell(restoring).status == 0)
        if !hasCatalogue { #expect(try builder.scratch.shell("rm archive/catalog*").status == 0) }
        let bench = RepairBench(builder, [])
        let before = try bench.checksums().filter { $0.contains("mbox/") }
        #expect(before.count > 4)
        do {
            let opening = try ArchiveOpening(builder.layout, .mbox)
            let known = try Catalog(bench.layout, .read).files(prefix: "mbox/")
            #expect(known.count == before.count && known.values.allSatisfy { $0.state != .open })
            for file in known.values where file.state == .closed {
                #expect((file.length == 0 ? opening.damages : opening.notices).contains { $0.contains(file.path) })
            }
            withExtendedLifetime(opening) {}
        }
        let later = ["ann", "bob", "../é"].map { ArchiveBuilder.Mail($0, "later", ArchiveBuilder.text(900, seed: 3)) }
        try await builder.run([later])
        let after = try bench.checksums().filter { $0.contains("mbox/") }
        #expect(Set(after).isSuperset(of: before) && after.count == before.count + 3)
    }

    @Test("what a killed run left in mbox files is cut off, and stored once", arguments: [true, false])
    func killedRun(hasCatalogue: Bool) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: .mbox)
        try await builder.run([ArchiveBuilder.sample()[0]])
        #expect(try builder.scratch.shell("cp -a archive older").status == 0)
        let more = ["ann", "carla"].map { ArchiveBuilder.Mail($0, "more", ArchiveBuilder.text(9000, seed: 3)) }
        try await builder.run([more])
        let restoring = "cd archive && rm -rf volumes catalog* && cp -a ../older/volumes ../older/catalog* ."
        #expect(try builder.scratch.shell(restoring).status == 0)
        if !hasCatalogue { #expect(try builder.scratch.shell("rm archive/catalog*").status == 0) }
        try builder.scratch.write("archive/lock", Array("pid 4711, since then\n".utf8))
        // Whoever only reads the volumes leaves it to the next writer.
        #expect(try Reindex(builder.layout).run { _ in }.damages.isEmpty)
        do { withExtendedLifetime(try ArchiveOpening(builder.layout, .mbox)) {} }
        let old = try builder.scratch.shell("cd older && sha256sum mbox/*/*").output
        #expect(try builder.scratch.shell("cd archive && sha256sum mbox/*/*").output == old)
        try await builder.run([more])
        try expectMboxes(of: builder.layout, holding: (ArchiveBuilder.sample()[0] + more).filter { !$0.bytes.isEmpty })
    }

    @Test("what a run that failed left in mbox files is cut off, and stored once")
    func failedRun() async throws {
        let bench = try Bench()
        let server = try server(0..<8)
        let faults = Faults(.write, under: bench.layout.volumes, only: 1)
        defer { faults.remove() }
        #expect(try await bench.drain([bench.account("ann", at: server)], format: .mbox).fatal != nil)
        faults.remove()
        #expect(try File(bench.layout.path(ArchiveLayout.mbox(account: "ann", 1)), .read).length() > 0)
        #expect(try await bench.drain([bench.account("ann", at: server)], format: .mbox).damages.isEmpty)
        try expectMboxes(of: bench.layout, holding: Self.letters.map { .init("ann", "", $0) })
    }

    /// The messages in mbox files, without any catalogue.
    private func expectMboxes(of layout: ArchiveLayout, holding mails: [ArchiveBuilder.Mail]) throws {
        for account in Set(mails.map(\.account)) {
            var found: [Digest] = []
            #expect(
                try MboxScanner.walk(layout, file: ArchiveLayout.mbox(account: account, 1)) { found.append($0.digest) })
            #expect(found.count { !$0.isOfNothing } == Set(mails.filter { $0.account == account }.map(\.digest)).count)
            #expect(!FileSystem.exists(layout.path(ArchiveLayout.mbox(account: account, 2))))
        }
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

extension Digest {
    /// Whether it is that of an empty message.
    fileprivate var isOfNothing: Bool { self == .of(UnsafeRawBufferPointer(start: nil, count: 0)) }
}
