import Archive
import Catalog
import GRDB
import Mail
import Manifest
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain

/// Drains before and behind a repair.
@Suite(.timeLimit(.minutes(10))) struct RepairedDrainTests {
    /// Letters that share their bodies in pairs, short ones that are kept whole, and large ones.
    private static let letters =
        [[UInt8]].letters(8, byteCount: 100_000)
        + (0..<4).map { Array("Subject: short \($0)\r\n\r\n\($0)\r\n".utf8) }

    private func server(_ users: [String], _ letters: [[UInt8]] = letters) throws -> SimulatedServer {
        try SimulatedServer(
            maildrops: Dictionary(uniqueKeysWithValues: users.map { ($0, Bench.maildrop(letters)) }))
    }

    @Test(
        "what cannot be repaired is fetched again, and nothing else is", arguments: ArchiveFormat.allCases,
        [1 << 20, 1 << 30])
    func fetchedAgain(format: ArchiveFormat, volumeByteLimit: UInt64) async throws {
        for seed in 0..<4 {
            var random = Seeded(UInt64(seed))
            let bench = try Bench()
            let server = try server(["ann", "bob"])
            let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
            #expect(try await bench.drain(accounts, format: format, volumeByteLimit: volumeByteLimit).isComplete)
            let file = try #require(
                try Catalog(bench.layout, .read).files().keys.sorted().randomElement(using: &random))
            let length = try bench.scratch.bytes("archive/\(file)").count
            try bench.scratch.flip("archive/\(file)", at: Int.random(in: 0..<length, using: &random))
            let outcome = try await Repair(bench.layout, volumeByteLimit: volumeByteLimit).run { _ in }
            let lostCount = outcome.lost.reduce(0) { $0 + $1.accounts.count }
            #expect(try Verification(bench.layout).run(sample: 1).damages.isEmpty)
            let fetched = server.retrievedCount
            let report = try await bench.drain(accounts, format: format, volumeByteLimit: volumeByteLimit)
            #expect(report.isComplete && report.damages.isEmpty)
            #expect(server.retrievedCount - fetched == lostCount, "\(file)")
            try bench.expectHeld(["ann": Self.letters, "bob": Self.letters])
            let damages = try Reindex(bench.layout).run { _ in }.damages
            #expect(damages.isEmpty, "\(damages)")
            #expect(try await bench.drain(accounts, format: format, volumeByteLimit: volumeByteLimit).isComplete)
            #expect(server.retrievedCount - fetched == lostCount, "after a reindex")
        }
    }

    @Test("a volume that is lost is refused with the remedy, which works", arguments: ArchiveFormat.allCases)
    func lostVolume(format: ArchiveFormat) async throws {
        let bench = try Bench()
        let server = try server(["ann", "bob"])
        let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
        #expect(try await bench.drain(accounts, format: format).isComplete)
        let before = try Catalog(bench.layout, .read).accountStatuses()
        try FileSystem.remove(bench.layout.path(ArchiveLayout.volume(1)))
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.drain(accounts, format: format) }
        #expect(error?.description.contains("mailcask repair \(bench.layout.root)") == true)
        let outcome = try await Repair(bench.layout).run { _ in }
        #expect(outcome.setAside.map(\.file) == [ArchiveLayout.volume(1)])
        // How the runs ended is known still.
        let after = try Catalog(bench.layout, .read).accountStatuses()
        #expect(after.map(\.lastResult) == before.map(\.lastResult))
        #expect(after.map(\.lastRun) == before.map(\.lastRun))
        #expect(try await bench.drain(accounts, format: format).isComplete)
        try bench.expectHeld(["ann": Self.letters, "bob": Self.letters])
        #expect(!FileSystem.exists(bench.layout.path(ArchiveLayout.volume(1))), "its number is not used again")
    }

    @Test("the unique-ids of a server that an account has left do not come back")
    func movedAccount() async throws {
        let bench = try Bench()
        let old = try server(["ann"], Array(Self.letters[..<6]))
        #expect(try await bench.drain([bench.account("ann", at: old)], volumeByteLimit: 1 << 30).isComplete)
        let copy = try bench.scratch.shell("cp -a archive copy").status
        #expect(copy == 0)
        // The new server gives its messages the names that the old one gave to others.
        let new = try server(["ann"], Array(Self.letters[6...]))
        #expect(try await bench.drain([bench.account("ann", at: new)], volumeByteLimit: 1 << 30).isComplete)
        try bench.scratch.flip("archive/" + ArchiveLayout.volume(1), at: 50_000)
        let outcome = try await Repair(bench.layout, sources: ["\(bench.scratch.path)/copy"]).run { _ in }
        #expect(outcome.lost.isEmpty)
        let fetched = new.retrievedCount
        #expect(try await bench.drain([bench.account("ann", at: new)]).isComplete)
        #expect(new.retrievedCount == fetched)
        try bench.expectHeld(["ann": Self.letters])
        let catalog = try Catalog(bench.layout, .read)
        #expect(try #require(catalog.accounts()["ann"]).port == new.port)
        for number in 0..<6 {
            let digest = Self.letters[number].withUnsafeBytes { Digest.of($0) }
            let uniqueID = Array("uid\(number)".utf8)
            let checkpoints = try catalog.checkpoints(ofUniqueID: uniqueID, account: "ann")
            #expect(!checkpoints.contains { $0.message == digest })
        }
    }

    @Test(
        "a catalogue of an earlier version is made anew, and nothing is fetched again",
        arguments: ArchiveFormat.allCases)
    func olderCatalogue(format: ArchiveFormat) async throws {
        let bench = try Bench()
        let server = try server(["ann"])
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts, format: format).isComplete)
        let catalog = try Catalog(bench.layout, .write)
        try await catalog.database.writeWithoutTransaction {
            try $0.execute(sql: "DROP TABLE chain; PRAGMA user_version = 1")
        }
        try catalog.close()
        let error = #expect(throws: ArchiveError.self) { _ = try ArchiveReader(bench.layout) }
        #expect(error?.description.contains("mailcask reindex \(bench.layout.root)") == true)
        let watch = Watch()
        let report = try await bench.drain(accounts, format: format, observer: watch)
        #expect(report.isComplete && report.damages.isEmpty)
        #expect(watch.texts.contains { $0.contains("earlier mailcask") && $0.contains("rebuilt from the volumes") })
        #expect(server.retrievedCount == Self.letters.count)
        try bench.expect(["ann": Self.letters])
        let again = Watch()
        #expect(try await bench.drain(accounts, format: format, observer: again).isComplete)
        #expect(again.texts.isEmpty)
    }

    @Test("an archive of the time before the chain is read and appended to, and its chain begins with what is new")
    func withoutChain() async throws {
        let bench = try Bench()
        let first = try server(["ann"], Array(Self.letters[..<6]))
        #expect(try await bench.drain([bench.account("ann", at: first)], volumeByteLimit: 1 << 30).isComplete)
        var surgery = try VolumeSurgery(bench.scratch, volume: 1)
        for index in surgery.groups.indices {
            var record = surgery.groups[index].record
            record.previous = nil
            try surgery.replaceRecord(index, with: record)
        }
        try surgery.finish()
        let oldCount = surgery.groups.count
        #expect(oldCount >= 2)
        let catalog = try Catalog(bench.layout, .write)
        try await catalog.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 1") }
        try catalog.close()
        let second = try server(["ann"])
        let accounts = [bench.account("ann", at: second)]
        let report = try await bench.drain(accounts, volumeByteLimit: 1 << 30)
        #expect(report.isComplete && report.damages.isEmpty)
        try bench.expectHeld(["ann": Self.letters])
        #expect(try await Repair(bench.layout).run { _ in }.isNothing)
        // The first new record vouches for the last old one.
        surgery = try VolumeSurgery(bench.scratch, volume: 1)
        #expect(surgery.groups[..<oldCount].allSatisfy { $0.record.previous == nil })
        #expect(surgery.groups[oldCount...].allSatisfy { $0.record.previous != nil })
        var altered = surgery.groups[oldCount - 1].record
        altered.run.started += 1
        try surgery.replaceRecord(oldCount - 1, with: altered)
        try surgery.finish()
        let told = try Reindex(bench.layout).run { _ in }.damages
        #expect(told.count == 1 && told.first?.contains("does not follow") == true, "\(told)")
    }

    @Test("a short message whose record is lost is fetched again, and plain tools restore it")
    func wholeMessageWithoutRecord() async throws {
        let bench = try Bench()
        let short = Array(Self.letters[8...])
        let server = try server(["ann", "bob"], short)
        let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
        #expect(try await bench.drain([accounts[0]]).isComplete)
        #expect(try await bench.drain([accounts[1]]).isComplete)
        let scanner = try VolumeScanner(bench.layout, file: ArchiveLayout.volume(1))
        var records: [ScannedEntry] = []
        while let entry = try scanner.next() { if entry.isRecord { records.append(entry) } }
        let place = try #require(records.first).place
        try bench.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 60)
        #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty)
        #expect(try await bench.drain(accounts).isComplete)
        // The damaged volume stops tar; a repair gets it out of the way.
        let outcome = try await Repair(bench.layout).run { _ in }
        #expect(outcome.lost.isEmpty)
        try bench.expectHeld(["ann": short, "bob": short])
        let steps = try RecoverySteps.read(bench.scratch)
        let restored = try bench.scratch.shell("cd archive\n" + steps.joined())
        #expect(restored.status == 0 && !restored.output.contains("FAILED"), "\(restored.output)")
        for account in ["ann", "bob"] {
            for letter in short {
                let path = ArchiveLayout.whole(account: account, letter.withUnsafeBytes { .of($0) })
                #expect(try bench.scratch.bytes("archive/restored/\(path)") == letter)
            }
        }
    }
}
