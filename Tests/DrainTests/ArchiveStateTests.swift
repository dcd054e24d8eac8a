import Archive
import Catalog
import GRDB
import Glibc
import Mail
import Manifest
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain

/// Archives that a run finds not as the last one left them.
@Suite(.timeLimit(.minutes(10))) struct ArchiveStateTests {
    private static let letters = [[UInt8]].letters(40, byteCount: 100_000)

    private func server(_ letters: [[UInt8]] = letters) throws -> SimulatedServer {
        try SimulatedServer(maildrops: ["ann": Bench.maildrop(letters)])
    }

    @Test("a lost catalogue is made anew, and nothing is fetched again", arguments: ArchiveFormat.allCases)
    func lostCatalogue(format: ArchiveFormat) async throws {
        let bench = try Bench()
        let server = try server()
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts, format: format).isComplete)
        for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(bench.layout.catalog + suffix) }
        let watch = Watch()
        #expect(try await bench.drain(accounts, format: format, observer: watch).isComplete)
        #expect(watch.texts.contains { $0.contains("catalogue is missing") })
        #expect(server.retrievedCount == 40)
        try bench.expect(["ann": Self.letters])
    }

    @Test("garbage in place of the catalogue is refused with the remedy, which works")
    func garbageCatalogue() async throws {
        let bench = try Bench()
        let server = try server()
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        try bench.scratch.write("archive/catalog.sqlite", Seeded.noise(5000, seed: 1))
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts) }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("mailcask reindex \(bench.layout.root)") == true)
        #expect(try Reindex(bench.layout).run { _ in }.damages.isEmpty)
        #expect(try await bench.drain(accounts).isComplete)
        #expect(server.retrievedCount == 40)
        try bench.expect(["ann": Self.letters])
    }

    @Test("a run that is killed anywhere behind a commit point leaves what the next one mends", arguments: 0..<12)
    func tornTail(step: Int) async throws {
        let bench = try Bench()
        let server = try server(Array(Self.letters[..<10]))
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts, volumeByteLimit: 1 << 30).isComplete)
        let before = try bench.scratch.shell("cp -r archive before").status
        #expect(before == 0)
        server.replaceMaildrop("ann", with: Bench.maildrop(Self.letters))
        #expect(try await bench.drain(accounts, volumeByteLimit: 1 << 30).isComplete)
        // The catalogue as it was, and so much more of the volume.
        let name = "archive/" + ArchiveLayout.volume(1)
        let old = try bench.scratch.bytes(name.replacing("archive", with: "before")).count
        let whole = try bench.scratch.bytes(name)
        let cut = old + (whole.count - old) * step / 11
        #expect(try bench.scratch.shell("rm -rf archive && cp -r before archive").status == 0)
        try bench.scratch.write(name, Array(whole.prefix(cut)))
        let fetched = server.retrievedCount
        #expect(try await bench.drain(accounts, volumeByteLimit: 1 << 30).isComplete)
        if step == 11 { #expect(server.retrievedCount == fetched) }
        try bench.expect(["ann": Self.letters])
    }

    @Test(
        "a group that a power cut left with a hole in it is cut off, fetched again, and nothing is called lost",
        arguments: [true, false], 0..<8)
    func hole(isNew: Bool, step: Int) async throws {
        let bench = try Bench()
        let server = try server(isNew ? [] : Array(Self.letters[..<10]))
        let accounts = [bench.account("ann", at: server)]
        if isNew { _ = try ArchiveOpening(bench.layout, .tar) } else { _ = try await bench.drain(accounts) }
        #expect(try bench.scratch.shell("cp -r archive before").status == 0)
        server.replaceMaildrop("ann", with: Bench.maildrop(Self.letters))
        #expect(try await bench.drain(accounts, volumeByteLimit: 1 << 30).isComplete)
        // The catalogue as it was, and the next group without one of its sectors.
        let file = ArchiveLayout.volume(1)
        let old = isNew ? 0 : try bench.scratch.bytes("before/" + file).count
        let end = try groupEnd(bench.layout, file, from: old)
        var bytes = Array(try bench.scratch.bytes("archive/" + file).prefix(end))
        // A few zeros alone could stand in any member.
        let sector = min(old + (end - old - 1) * step / 7, end - 16) & ~511
        for index in max(old, sector)..<min(max(sector + 512, old + 16), end) { bytes[index] = 0 }
        #expect(try bench.scratch.shell("rm -rf archive && cp -r before archive").status == 0)
        try bench.scratch.write("archive/" + file, bytes)
        let report = try await bench.drain(accounts, volumeByteLimit: 1 << 30)
        #expect(report.isComplete && report.damages.isEmpty, "\(report.damages)")
        #expect(try bench.scratch.shell("for v in archive/volumes/*; do gzip -t $v; done").output.isEmpty)
        try bench.expect(["ann": Self.letters])
    }

    private func groupEnd(_ layout: ArchiveLayout, _ file: String, from offset: Int) throws -> Int {
        let scanner = try VolumeScanner(layout, file: file, from: UInt64(offset))
        while let entry = try scanner.next() { if entry.isRecord { return Int(entry.memberEnd) } }
        return offset
    }

    @Test(
        "a volume that became shorter is refused with the remedy, which goes on without it", arguments: [true, false])
    func shorterVolume(isGone: Bool) async throws {
        let bench = try Bench()
        let server = try server()
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        let name = "archive/" + ArchiveLayout.volume(1)
        if isGone {
            try FileSystem.remove(bench.layout.path(ArchiveLayout.volume(1)))
        } else {
            try bench.scratch.write(name, Array(try bench.scratch.bytes(name).prefix(100_000)))
        }
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts) }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("mailcask reindex \(bench.layout.root)") == true)
        #expect(error?.description.contains("copy") == true)
        _ = try Reindex(bench.layout).run { _ in }
        #expect(try await bench.drain(accounts).isComplete)
        let reader = try ArchiveReader(bench.layout)
        for letter in Self.letters {
            #expect(try reader.contents(of: letter.withUnsafeBytes { .of($0) }) == letter)
        }
    }

    @Test("a damaged volume loses nothing that is still whole in it", arguments: [true, false])
    func damagedVolume(isCatalogueLost: Bool) async throws {
        let bench = try Bench()
        let first = try server(Array(Self.letters[..<10]))
        let second = try server(Self.letters)
        #expect(try await bench.drain([bench.account("ann", at: first)], volumeByteLimit: 1 << 30).isComplete)
        #expect(try await bench.drain([bench.account("ann", at: second)], volumeByteLimit: 1 << 30).isComplete)
        let name = "archive/" + ArchiveLayout.volume(1)
        let whole = try bench.scratch.bytes(name)
        try bench.scratch.flip(name, at: 200)
        if isCatalogueLost {
            try FileSystem.remove(bench.layout.catalog)
        } else {
            #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty)
        }
        let watch = Watch()
        #expect(try await bench.drain([bench.account("ann", at: second)], observer: watch).isComplete)
        let isTold = watch.texts.contains { $0.contains("damaged") && $0.contains("volumes/000001.tar.gz") }
        #expect(isTold == isCatalogueLost, "a reindex has told it already")
        #expect(try bench.scratch.bytes(name).count >= whole.count, "what lies behind the damage is kept")
        let reader = try ArchiveReader(bench.layout)
        for letter in Self.letters {
            #expect(try reader.contents(of: letter.withUnsafeBytes { .of($0) }) == letter)
        }
        // The volume comes back from a copy: all its mail is there. What was written behind the copy's end since then is
        // not, and the chain of records shows that.
        try bench.scratch.write(name, whole)
        let last = try Reindex(bench.layout).run { _ in }
        #expect(last.damages.count == 1, "\(last.damages)")
        #expect(last.damages.first?.contains("volumes/000002.tar.gz does not follow") == true)
        for letter in Self.letters {
            #expect(try ArchiveReader(bench.layout).contents(of: letter.withUnsafeBytes { .of($0) }) == letter)
        }
    }

    @Test("an archive is refused while another run writes it, and stays locked to the end of a run")
    func locked() async throws {
        let bench = try Bench()
        let server = try server([Self.letters[0]])
        let accounts = [bench.account("ann", at: server)]
        let layout = bench.layout
        let watch = Watch { event in
            guard case .accountFinished = event else { return }
            let error = #expect(throws: ArchiveError.self) { _ = try ArchiveLock(layout) }
            #expect(error?.code == .locked)
        }
        #expect(try await bench.drain(accounts, observer: watch).isComplete)
        let lock = try ArchiveLock(layout)
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts) }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("pid \(getpid())") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("the archive of a later version is refused before anything is written", arguments: ["text", "catalogue"])
    func newer(what: String) async throws {
        let bench = try Bench()
        let server = try server([Self.letters[0]])
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        if what == "text" {
            let text = RecoverText.text.replacing("format 1.", with: "format 2.")
            try bench.scratch.write("archive/RECOVER.txt", Array(text.utf8))
        } else {
            let catalog = try Catalog(bench.layout, .write)
            try await catalog.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 1000") }
            try catalog.close()
        }
        let volume = try bench.scratch.bytes("archive/" + ArchiveLayout.volume(1))
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts) }
        #expect(error?.code == .newerFormat(found: what == "text" ? 2 : 1000))
        #expect(error?.description.contains("update") == true)
        #expect(try bench.scratch.bytes("archive/" + ArchiveLayout.volume(1)) == volume)
    }

    @Test("an archive keeps its format")
    func otherFormat() async throws {
        let bench = try Bench()
        let server = try server([Self.letters[0]])
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts, format: .mbox) }
        #expect(error?.code == .otherFormat)
        #expect(error?.description.contains("format \"tar\"") == true)
    }
}
