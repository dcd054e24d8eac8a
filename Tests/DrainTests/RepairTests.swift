import Archive
import Catalog
import GRDB
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@testable import Drain

/// Archives that are damaged and repaired.
@Suite(.timeLimit(.minutes(10))) struct RepairTests {
    @Test("a sound archive is left as it is", arguments: ArchiveFormat.allCases)
    func nothing(format: ArchiveFormat) async throws {
        let bench = try await RepairBench(format)
        let files = try bench.checksums()
        let rows = try bench.rows()
        #expect(try await bench.repair().isNothing)
        #expect(try await bench.repair(from: [bench.copy()]).isNothing)
        #expect(try bench.checksums() == files)
        #expect(try bench.rows() == rows)
        let names = try FileSystem.names(in: bench.layout.root)
        #expect(!names.contains("damaged") && !names.contains { $0.contains(".new") })
    }

    @Test(
        "a flipped byte costs at most the messages that need it, which are forgotten; all else is written again",
        arguments: ArchiveFormat.allCases, [1 << 18, 1 << 30])
    func flipped(format: ArchiveFormat, volumeByteLimit: UInt64) async throws {
        var random = Seeded(volumeByteLimit)
        for _ in 0..<6 {
            let bench = try await RepairBench(format, volumeByteLimit: volumeByteLimit)
            let files = try Catalog(bench.layout, .read).files().keys.sorted()
            let file = try #require(files.randomElement(using: &random))
            let length = try File(bench.layout.path(file), .read).length()
            let offset = Int.random(in: 0..<Int(length), using: &random)
            try bench.scratch.flip("archive/\(file)", at: offset)
            let before = try bench.readable()
            let outcome = try await bench.repair()
            let lost = RepairBench.held(outcome.lost)
            let after = try bench.readable()
            #expect(lost == bench.all.subtracting(after), "\(file) at \(offset)")
            #expect(after.isSuperset(of: before), "\(file) at \(offset)")
            try await bench.expectSound(holding: bench.all.subtracting(lost))
        }
    }

    @Test(
        "a damaged or missing file is repaired from a copy of the archive, to the last message",
        arguments: ArchiveFormat.allCases, ["flipped", "missing", "shorter"])
    func fromCopy(format: ArchiveFormat, what: String) async throws {
        let original = try await RepairBench(format)
        let copy = try original.copy()
        for file in try Catalog(original.layout, .read).files().keys.sorted() {
            let bench = original
            #expect(try bench.scratch.shell("rm -rf archive && cp -a copy archive").status == 0)
            let rows = try bench.rows()
            let checksums = try bench.checksums()
            let isSealed = try Catalog(bench.layout, .read).files()[file]!.isSealed
            let bytes = try bench.scratch.bytes("archive/\(file)")
            switch what {
            case "flipped": try bench.scratch.flip("archive/\(file)", at: bytes.count / 2)
            case "missing": try FileSystem.remove(bench.layout.path(file))
            default: try bench.scratch.write("archive/\(file)", Array(bytes.prefix(bytes.count / 2)))
            }
            let outcome = try await bench.repair(from: [copy])
            #expect(outcome.lost.isEmpty, "\(outcome.lost)")
            if isSealed {
                #expect(outcome.putBack.map(\.file) == [file])
                #expect(try bench.checksums() == checksums)
                #expect(try bench.rows() == rows)
            } else {
                #expect(outcome.setAside.map(\.file) == [file])
            }
            try await bench.expectSound(holding: bench.all)
        }
    }

    @Test(
        "a file that is put back counts, though the catalogue was made anew without it",
        arguments: ArchiveFormat.allCases, ["missing", "reindexed", "missing, with junk behind the file"])
    func putBackLate(format: ArchiveFormat, catalogue: String) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 16)
        let rows = try bench.rows()
        let copy = try bench.copy()
        let sealed = try VolumeChecksums.read(bench.layout).keys.filter { $0.hasPrefix(format == .mbox ? "mbox" : "v") }
        for file in sealed.sorted().prefix(2) {
            let bytes = try bench.scratch.bytes("archive/\(file)")
            if catalogue.contains("junk") {
                try bench.scratch.write("archive/\(file)", bytes + Seeded.noise(9000, seed: 4))
            } else {
                try bench.scratch.flip("archive/\(file)", at: bytes.count / 2)
            }
        }
        if catalogue == "reindexed" {
            #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty)
        } else {
            for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(bench.layout.catalog + suffix) }
        }
        let outcome = try await bench.repair(from: [copy])
        #expect(outcome.lost.isEmpty && outcome.putBack.count == min(2, sealed.count) && !sealed.isEmpty)
        #expect(try bench.rows()["checkpoints"] == rows["checkpoints"])
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "without a copy, a missing or shortened file costs what it alone had", arguments: ArchiveFormat.allCases,
        ["missing", "shorter"])
    func withoutCopy(format: ArchiveFormat, what: String) async throws {
        let bench = try await RepairBench(format)
        _ = try bench.copy()
        for file in try Catalog(bench.layout, .read).files().keys.sorted() {
            #expect(try bench.scratch.shell("rm -rf archive && cp -a copy archive").status == 0)
            let bytes = try bench.scratch.bytes("archive/\(file)")
            try bench.scratch.write("archive/\(file)", Array(bytes.prefix(bytes.count * 2 / 3)))
            if what == "missing" { try FileSystem.remove(bench.layout.path(file)) }
            let before = try bench.readable()
            let outcome = try await bench.repair()
            let after = try bench.readable()
            #expect(after.isSuperset(of: before), "\(file)")
            #expect(RepairBench.held(outcome.lost) == bench.all.subtracting(after), "\(file)")
            try await bench.expectSound(holding: after)
        }
    }

    @Test("what a damaged volume lost is found in a copy of that volume later, under any name")
    func laterCopy() async throws {
        let bench = try await RepairBench(volumeByteLimit: 1 << 30)
        let volume = ArchiveLayout.volume(1)
        try bench.scratch.write("found.bak", try bench.scratch.bytes("archive/\(volume)"))
        try bench.scratch.flip("archive/\(volume)", at: 20_000)
        let first = try await bench.repair()
        #expect(!first.lost.isEmpty && first.setAside.map(\.file) == [volume])
        #expect(FileSystem.exists(bench.layout.path("damaged/\(volume)")))
        #expect(!FileSystem.exists(bench.layout.path(volume)))
        let second = try await bench.repair(from: ["\(bench.scratch.path)/found.bak"])
        #expect(RepairBench.held(second.repaired) == RepairBench.held(first.lost))
        #expect(second.lost.isEmpty && second.setAside.isEmpty)
        try await bench.expectSound(holding: bench.all)
        #expect(try await bench.repair(from: ["\(bench.scratch.path)/found.bak"]).isNothing)
    }

    @Test("an archive that has forgotten a lost volume remembers it by a copy", arguments: ArchiveFormat.allCases)
    func forgotten(format: ArchiveFormat) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 30)
        let copy = try bench.copy()
        let files = try Catalog(bench.layout, .read).files().keys
        for file in files { try FileSystem.remove(bench.layout.path(file)) }
        _ = try Reindex(bench.layout).run { _ in }
        // A run has begun the archive anew; its records have nothing to do with the lost ones.
        let later = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(2000, seed: 77))
        try await bench.builder.run([[later]])
        #expect(try await bench.repair().isNothing)
        let alien = try await bench.repair(from: [copy])
        #expect(alien.isNothing, "without a record in common it is another archive")
        // One that is known to be followed is a copy.
        for file in files where file.hasPrefix("mbox/") { try? FileSystem.remove(bench.layout.path(file)) }
        #expect(try bench.scratch.shell("rm -rf archive && cp -a copy archive").status == 0)
        try await bench.builder.run([[later]])
        let newest = try bench.scratch.shell("ls archive/volumes").output
        #expect(newest == "000001.tar.gz")
        let surgery = try VolumeSurgery(bench.scratch, volume: 1)
        let lastBytes = surgery.groups.suffix(2).flatMap { $0.entries + $0.recordBytes }
        try bench.scratch.write("archive/volumes/000001.tar.gz", lastBytes)
        for file in files where file.hasPrefix("mbox/") { try FileSystem.remove(bench.layout.path(file)) }
        let told = try Reindex(bench.layout).run { _ in }.damages
        #expect(told.contains { $0.contains("is the first record and names") })
        let outcome = try await bench.repair(from: [copy])
        #expect(outcome.knownGapCount == 1)
        #expect(try bench.readable().isSuperset(of: bench.all))
        #expect(try bench.damages().isEmpty)
        #expect(try Reindex(bench.layout).run { _ in }.damages.isEmpty)
    }

    @Test("an attachment that three accounts share is found in one message of one of them")
    func sharedPart() async throws {
        let names = ["ann", "bob", "carla"]
        let letters = ArchiveBuilder.letters(to: names, sharing: ArchiveBuilder.text(150_000, seed: 3))
        let bench = try await RepairBench([letters])
        let catalog = try Catalog(bench.layout, .read)
        let places = try letters.map { try #require(try catalog.places(of: $0.digest)) }
        let shared = try #require(places[0].first { place in places.allSatisfy { $0.contains(place) } })
        try bench.scratch.flip("archive/\(shared.file)", at: Int(shared.memberOffset) + 1000)
        #expect(try bench.readable().isEmpty)
        // Bob's letter, from wherever he kept it.
        try bench.scratch.write("bob.eml", letters[1].bytes)
        try bench.scratch.write("other.eml", Array("no part of anything".utf8))
        let outcome = try await bench.repair(from: ["other.eml", "bob.eml"].map { "\(bench.scratch.path)/\($0)" })
        #expect(RepairBench.held(outcome.repaired) == bench.all)
        #expect(outcome.lost.isEmpty)
        try await bench.expectSound(holding: bench.all)
    }

    @Test("without another copy it is lost to all three, and each is told")
    func lostSharedPart() async throws {
        let names = ["ann", "bob", "carla"]
        let letters = ArchiveBuilder.letters(to: names, sharing: ArchiveBuilder.text(150_000, seed: 3))
        let bench = try await RepairBench([
            letters, [ArchiveBuilder.Mail("dora", "1", ArchiveBuilder.text(900, seed: 8))],
        ])
        let place = try #require(
            try Catalog(bench.layout, .read).places(of: letters[0].digest)?.max { $0.length < $1.length })
        try bench.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 1000)
        let outcome = try await bench.repair()
        #expect(RepairBench.held(outcome.lost) == bench.all.filter { $0.account != "dora" })
        for message in outcome.lost { #expect("\(message)".contains("no whole copy is left of its segment")) }
        try await bench.expectSound(holding: bench.all.filter { $0.account == "dora" })
    }

    @Test(
        "a whole message is found as a part of another account's letter, and the other way round",
        arguments: [true, false])
    func wholeAndPart(isWholeFirst: Bool) async throws {
        // The attachment with its line end is, byte for byte, the first message.
        let text = ArchiveBuilder.text(150_000, seed: 5)
        let whole = ArchiveBuilder.Mail("ann", "1", text + [13, 10])
        let letter = ArchiveBuilder.letters(to: ["bob"], sharing: text)[0]
        let (first, second) = isWholeFirst ? (whole, letter) : (letter, whole)
        let bench = try await RepairBench([[first]])
        let place = try #require(
            try Catalog(bench.layout, .read).places(of: first.digest)?.max { $0.length < $1.length })
        try bench.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 1000)
        // The damage was found, and the next run stores the same bytes once more.
        #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty)
        try await bench.builder.run([[second]])
        let outcome = try await bench.repair()
        #expect(outcome.lost.isEmpty && outcome.repaired.map(\.digest) == [first.digest])
        try await RepairBench(bench.builder, [first, second]).expectSound(
            holding: Set([first, second].map { .init(account: $0.account, message: $0.digest) }))
    }

    @Test("a record that is destroyed is told again by the catalogue, and nothing is lost")
    func destroyedRecord() async throws {
        let bench = try await RepairBench(volumeByteLimit: 1 << 30)
        let before = try bench.rows()
        let scanner = try VolumeScanner(bench.layout, file: ArchiveLayout.volume(1))
        var records: [ScannedEntry] = []
        while let entry = try scanner.next() { if entry.isRecord { records.append(entry) } }
        for record in [records[1], records[3]] {
            try bench.scratch.flip("archive/\(record.place.file)", at: Int(record.place.memberOffset) + 50)
        }
        let outcome = try await bench.repair()
        #expect(outcome.lost.isEmpty && outcome.repaired.isEmpty && outcome.rewrittenCount == bench.all.count)
        let after = try bench.rows()
        for table in ["accounts", "messages", "holdings", "checkpoints", "results", "search"] {
            #expect(after[table] == before[table], "\(table)")
        }
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "what is known of messages on the servers is known behind a repair", arguments: ArchiveFormat.allCases,
        ["records", "volume", "catalogue"])
    func serverNotes(format: ArchiveFormat, what: String) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 30)
        try await bench.runWithNotes()
        let copy = try bench.copy()
        let before = try bench.rows()
        #expect(before["deletions"]?.count == 2 && before["quarantine"]?.count == 1)
        let volume = ArchiveLayout.volume(1)
        let scanner = try VolumeScanner(bench.layout, file: volume)
        var records: [ScannedEntry] = []
        while let entry = try scanner.next() { if entry.isRecord { records.append(entry) } }
        if what == "volume" {
            try FileSystem.remove(bench.layout.path(volume))
        } else {
            // Without a catalogue the record of the notes must be there.
            for record in what == "records" ? records.suffix(3) : [records[1]] {
                try bench.scratch.flip("archive/\(volume)", at: Int(record.place.memberOffset) + 50)
            }
            if what == "catalogue" { try FileSystem.remove(bench.layout.catalog) }
        }
        let outcome = try await bench.repair(from: what == "volume" ? [copy] : [])
        #expect(outcome.lost.isEmpty)
        let after = try bench.rows()
        for table in ["deletions", "quarantine"] { #expect(after[table] == before[table], "\(table)") }
        if what != "catalogue" {
            #expect(after["messages"] == before["messages"])
            // What is held under no name any more is held without one.
            let nameless = "\"ann\"|\"\"|"
            #expect(
                after["checkpoints"]?.filter { !$0.hasPrefix(nameless) }
                    == before["checkpoints"]?.filter { !$0.hasPrefix(nameless) })
        }
        try await bench.expectSound(holding: try bench.readable())
        #expect(try bench.readable().isSuperset(of: bench.all))
    }

    @Test(
        "mail of which no record is left, and no catalogue, is found where it lies", arguments: ArchiveFormat.allCases)
    func unnamed(format: ArchiveFormat) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 30)
        let scanner = try VolumeScanner(bench.layout, file: ArchiveLayout.volume(1))
        var records: [ScannedEntry] = []
        while let entry = try scanner.next() { if entry.isRecord { records.append(entry) } }
        // The last one too: what lies behind the last record that can be read belongs to no group.
        for record in [records[0], records[2], records[6], records[7]] {
            try bench.scratch.flip("archive/\(record.place.file)", at: Int(record.place.memberOffset) + 50)
        }
        let mailFiles = try bench.checksums().filter { $0.contains("mbox/") }
        #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty)
        #expect(try bench.readable() != bench.all)
        let outcome = try await bench.repair()
        #expect(outcome.lost.isEmpty, "\(outcome.lost)")
        #expect(try bench.checksums().filter { $0.contains("mbox/") } == mailFiles, "copies stay where they are")
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "mail in sealed mbox files is found though all records and the catalogue are lost; a copy tells its names",
        arguments: [true, false], [true, false])
    func unnamedInSealed(isReindexed: Bool, hasCopy: Bool) async throws {
        let bench = try await RepairBench(.mbox, volumeByteLimit: 1 << 16)
        let rows = try bench.rows()
        let copy = try bench.copy()
        let files = try bench.checksums().filter { $0.contains("mbox/") }
        let sealed = try VolumeChecksums.read(bench.layout).keys
        #expect(sealed.count > 1 && sealed.allSatisfy { $0.hasPrefix("mbox/") })
        #expect(try bench.scratch.shell("cd archive && rm volumes/* catalog*").status == 0)
        if isReindexed {
            let damages = try Reindex(bench.layout).run { _ in }.damages
            for file in sealed { #expect(damages.contains { $0.contains("\(file): no record tells") }) }
        }
        let outcome = try await bench.repair(from: hasCopy ? [copy] : [])
        #expect(outcome.lost.isEmpty && outcome.setAside.isEmpty)
        #expect(RepairBench.held(outcome.repaired) == bench.all)
        if hasCopy { #expect(try bench.rows()["checkpoints"] == rows["checkpoints"]) }
        #expect(try bench.checksums().filter { $0.contains("mbox/") } == files, "copies stay where they are")
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "a record that was left out, moved or replaced is told again, and the gap is known from then on",
        arguments: ["left out", "moved", "replaced"], [true, false])
    func brokenChain(what: String, isCatalogueMadeOfIt: Bool) async throws {
        let bench = try await RepairBench(volumeByteLimit: 1 << 30)
        let before = try bench.rows()
        var surgery = try VolumeSurgery(bench.scratch, volume: 1)
        switch what {
        case "left out":
            surgery.groups[3].entries = surgery.groups[2].entries + surgery.groups[3].entries
            surgery.groups.remove(at: 2)
        case "moved": surgery.groups.swapAt(1, 2)
        default: try surgery.replaceRecord(2, with: surgery.groups[1].record)
        }
        try surgery.finish()
        if isCatalogueMadeOfIt { #expect(try !Reindex(bench.layout).run { _ in }.damages.isEmpty) }
        let held = try bench.readable()
        let outcome = try await bench.repair()
        if isCatalogueMadeOfIt {
            #expect(outcome.knownGapCount > 0 && outcome.setAside.isEmpty && outcome.lost.isEmpty)
            try await bench.expectSound(holding: held.union(RepairBench.held(outcome.repaired)))
        } else {
            // The catalogue knows what the record said.
            #expect(outcome.lost.isEmpty)
            let after = try bench.rows()
            for table in ["accounts", "messages", "holdings", "checkpoints", "results"] {
                #expect(after[table] == before[table], "\(table)")
            }
            try await bench.expectSound(holding: bench.all)
        }
        let known = try Verification(bench.layout, workerCount: 2).run(sample: 1).known
        #expect(!known.isEmpty)
    }

    @Test(
        "a catalogue that is lost, old or garbage does not hinder", arguments: ["missing", "older", "garbage"],
        ArchiveFormat.allCases)
    func catalogue(what: String, format: ArchiveFormat) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 30)
        let copy = try bench.copy()
        let file = try #require(
            try Catalog(bench.layout, .read).files().values.first { !$0.isSealed && $0.length > 1000 }
        ).path
        let bytes = try bench.scratch.bytes("archive/\(file)")
        try bench.scratch.flip("archive/\(file)", at: bytes.count / 3)
        switch what {
        case "missing":
            for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(bench.layout.catalog + suffix) }
        case "older":
            let catalog = try Catalog(bench.layout, .write)
            try await catalog.database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 1") }
            try catalog.close()
        default: try bench.scratch.write("archive/catalog.sqlite", Seeded.noise(8192, seed: 1))
        }
        let outcome = try await bench.repair(from: [copy])
        #expect(!outcome.notices.isEmpty)
        #expect(outcome.lost.isEmpty, "\(outcome.lost)")
        try await bench.expectSound(holding: bench.all)
    }

    @Test("a catalogue that points elsewhere than the volumes say is made anew")
    func wrongPlaces() async throws {
        let bench = try await RepairBench()
        let files = try bench.checksums()
        let catalog = try Catalog(bench.layout, .write)
        try await catalog.database.write {
            try $0.execute(sql: "UPDATE segments SET member = member + 1 WHERE id % 2 = 0")
        }
        try catalog.close()
        #expect(try !bench.damages().isEmpty)
        let outcome = try await bench.repair()
        #expect(outcome.notices.count == 1 && outcome.lost.isEmpty && outcome.setAside.isEmpty)
        #expect(try bench.checksums() == files)
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "a catalogue that knows less than the records tell, or more, is found by a verification and made anew",
        arguments: ArchiveFormat.allCases, ["less", "more", "other"])
    func otherHoldings(format: ArchiveFormat, what: String) async throws {
        let bench = try await RepairBench(format)
        let (files, rows) = (try bench.checksums(), try bench.rows())
        let ann = "(SELECT id FROM accounts WHERE name = 'ann')"
        let first = "(SELECT message FROM holdings WHERE account = \(ann) ORDER BY message LIMIT 1)"
        let foreign = "message NOT IN (SELECT message FROM holdings WHERE account = \(ann))"
        let path = "(SELECT path FROM holdings WHERE account = \(ann) LIMIT 1)"
        let script =
            switch what {
            case "less":
                """
                CREATE TEMP TABLE lost AS SELECT \(first) AS message;
                DELETE FROM checkpoints WHERE account = \(ann) AND message IN (SELECT message FROM lost);
                DELETE FROM holdings WHERE account = \(ann) AND message IN (SELECT message FROM lost)
                """
            case "more":
                """
                INSERT INTO holdings (account, message, path, archived)
                SELECT \(ann), message, \(path), 7 FROM holdings WHERE \(foreign) LIMIT 1
                """
            default:
                """
                UPDATE holdings SET message = (SELECT message FROM holdings WHERE \(foreign) LIMIT 1)
                WHERE account = \(ann) AND message = \(first)
                """
            }
        let catalog = try Catalog(bench.layout, .write)
        try await catalog.database.write { try $0.execute(sql: script) }
        try catalog.close()
        #expect(try bench.readable() != bench.all)
        let damages = try bench.damages()
        #expect(damages.count == (what == "other" ? 2 : 1) && damages.allSatisfy { $0.accounts == ["ann"] })
        let outcome = try await bench.repair()
        #expect(outcome.notices.count == 1 && outcome.repaired.isEmpty && outcome.rewrittenCount == 0)
        #expect(try bench.checksums() == files)
        #expect(try bench.rows() == rows)
        try await bench.expectSound(holding: bench.all)
    }

    @Test("a catalogue with a damaged index is found by a verification and made anew")
    func damagedIndex() async throws {
        let bench = try await RepairBench()
        let rows = try bench.rows()
        let catalog = try Catalog(bench.layout, .write)
        let (page, size) = try await catalog.database.read { database in
            (
                try Int.fetchOne(
                    database, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_runs_1'") ?? 0,
                try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            )
        }
        try catalog.close()
        var bytes = try bench.scratch.bytes("archive/catalog.sqlite")
        for index in (page - 1) * size..<page * size { bytes[index] = 0 }
        try bench.scratch.write("archive/catalog.sqlite", bytes)
        #expect(try bench.damages().map(\.what) == ["catalog.sqlite"])
        let outcome = try await bench.repair()
        #expect(outcome.notices.count == 1 && outcome.lost.isEmpty && outcome.setAside.isEmpty)
        #expect(try bench.rows() == rows)
        try await bench.expectSound(holding: bench.all)
    }

    @Test("lines of the list of sealed files that are gone or garbage are written again")
    func list() async throws {
        let bench = try await RepairBench(volumeByteLimit: 1 << 16)
        let text = String(decoding: try bench.scratch.bytes("archive/manifest-sha256.txt"), as: UTF8.self)
        var lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count > 2)
        lines[0] = "garbage"
        lines.removeLast()
        try bench.scratch.write("archive/manifest-sha256.txt", Array(lines.map { $0 + "\n" }.joined().utf8))
        let outcome = try await bench.repair()
        #expect(outcome.notices.count == 3 && outcome.setAside.isEmpty && outcome.lost.isEmpty)
        #expect(String(decoding: try bench.scratch.bytes("archive/manifest-sha256.txt"), as: UTF8.self) == text)
        try await bench.expectSound(holding: bench.all)
    }

    @Test(
        "junk behind a sealed file that the list has lost is not listed again as part of it",
        arguments: [(ArchiveFormat.tar, true), (.tar, false), (.mbox, true), (.mbox, false)])
    func junkBehindSealed(format: ArchiveFormat, hasCatalogue: Bool) async throws {
        let bench = try await RepairBench(format, volumeByteLimit: 1 << 16)
        let sealed = try VolumeChecksums.read(bench.layout).keys.sorted()
        let file = try #require(sealed.first { $0.hasPrefix(format == .mbox ? "mbox" : "volumes") })
        try bench.scratch.write(
            "archive/\(file)", try bench.scratch.bytes("archive/\(file)") + Seeded.noise(9000, seed: 4))
        try FileSystem.remove(bench.layout.checksums)
        if !hasCatalogue {
            for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(bench.layout.catalog + suffix) }
        }
        let outcome = try await bench.repair()
        #expect(outcome.setAside.map(\.file) == [file] && outcome.lost.isEmpty)
        try await bench.expectSound(holding: bench.all)
    }

    @Test("another archive gives bytes, but none of its mail comes in")
    func otherArchive() async throws {
        let letters = ArchiveBuilder.letters(to: ["ann", "bob"], sharing: ArchiveBuilder.text(150_000, seed: 3))
        let bench = try await RepairBench([[letters[0]]])
        let other = try await RepairBench([
            [letters[1], ArchiveBuilder.Mail("eve", "1", ArchiveBuilder.text(900, seed: 8))]
        ])
        let place = try #require(
            try Catalog(bench.layout, .read).places(of: letters[0].digest)?.max { $0.length < $1.length })
        try bench.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 1000)
        let outcome = try await bench.repair(from: [other.layout.root])
        #expect(outcome.lost.isEmpty && RepairBench.held(outcome.repaired) == bench.all)
        #expect(try Catalog(bench.layout, .read).accounts().keys.sorted() == ["ann"])
        try await bench.expectSound(holding: bench.all)
    }

    @Test("a source that is not there, and an archive that is written, are refused before anything is done")
    func refusals() async throws {
        let bench = try await RepairBench()
        let names = try FileSystem.names(in: bench.layout.root)
        for source in ["nowhere", "."] {
            let error = await #expect(throws: ArchiveError.self) {
                _ = try await bench.repair(from: ["\(bench.scratch.path)/\(source)"])
            }
            #expect(error?.code == .missing)
        }
        let lock = try ArchiveLock(bench.layout)
        let error = await #expect(throws: ArchiveError.self) { _ = try await bench.repair() }
        #expect(error?.code == .locked)
        withExtendedLifetime(lock) {}
        #expect(try FileSystem.names(in: bench.layout.root) == names)
    }
}
