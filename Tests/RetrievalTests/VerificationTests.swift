import Archive
import Catalog
import Drain
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@Suite(.timeLimit(.minutes(5))) struct VerificationTests {
    /// An archive of several sealed volumes and an open one.
    private func archive(_ format: ArchiveFormat = .tar) async throws -> ArchiveBuilder {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format, volumeByteLimit: 1 << 18)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        return builder
    }

    private func damages(_ builder: ArchiveBuilder) throws -> [Verification.Damage] {
        try Verification(builder.layout, workerCount: 2).run(sample: 1).damages
    }

    @Test("finds nothing where all is well, and counts what it read", arguments: ArchiveFormat.allCases, [1, 0.5])
    func sound(format: ArchiveFormat, sample: Double) async throws {
        let builder = try await archive(format)
        let outcome = try Verification(builder.layout, workerCount: 2).run(sample: sample)
        #expect(outcome.damages.isEmpty, "\(outcome.damages)")
        guard sample == 1 else { return }
        let totals = try Catalog(builder.layout, .read).totals()
        #expect(outcome.messageCount == totals.messageCount)
        #expect(outcome.octets == totals.octets)
        #expect(outcome.sealedFileCount == (try VolumeChecksums.read(builder.layout)).count)
    }

    @Test("names the messages and accounts that a flipped byte in a member damages", arguments: ["sealed", "open"])
    func flippedMember(volume: String) async throws {
        let isSealed = volume == "sealed"
        let builder = ArchiveBuilder(scratch: Scratch(), volumeByteLimit: isSealed ? 1 << 17 : 1 << 30)
        try await builder.run(ArchiveBuilder.sample())
        let catalog = try Catalog(builder.layout, .read)
        let file = try #require(try catalog.files().values.first { $0.isSealed == isSealed && $0.length > 0 })
        let places = try catalog.allDigests().flatMap { digest in
            (try catalog.places(of: digest) ?? []).map { (digest, $0) }
        }
        let (digest, place) = try #require(places.first { $0.1.file == file.path })
        try builder.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 40)
        let found = try damages(builder)
        let expected = try catalog.holders(of: digest)
        let message = try #require(found.first { $0.what == "message \(digest)" })
        #expect(message.accounts == expected)
        for account in expected { #expect(message.description.contains(account)) }
        #expect(message.description.contains(place.file))
        #expect(found.contains { $0.what.hasPrefix(file.path) })
        #expect(found.contains { $0.what == file.path && $0.reason.contains("SHA-256") } == isSealed)
        let sampled = try Verification(builder.layout).run(sample: 0.999_999)
        #expect(sampled.damages.contains { $0.what == "message \(digest)" })
    }

    @Test("finds a flipped byte of a sealed file where no message lies")
    func flippedSeal() async throws {
        let builder = try await archive()
        let file = try #require(try VolumeChecksums.read(builder.layout).keys.min())
        // The time in the first member's header: nothing reads it.
        try builder.scratch.flip("archive/\(file)", at: 5)
        let found = try damages(builder)
        #expect(found.map(\.what) == [file])
        #expect(found.first?.reason.contains("SHA-256") == true)
    }

    @Test("counts the messages and names the accounts that need a damaged member")
    func sharedPart() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        let mails = ArchiveBuilder.letters(to: ["ann", "bob", "carla"], sharing: ArchiveBuilder.text(150_000, seed: 3))
        try await builder.run([mails, [ArchiveBuilder.Mail("dora", "1", ArchiveBuilder.text(300, seed: 4))]])
        let catalog = try Catalog(builder.layout, .read)
        let places = try mails.map { try #require(try catalog.places(of: $0.digest)) }
        let shared = try #require(places[0].first { place in places.allSatisfy { $0.contains(place) } })
        try builder.scratch.flip("archive/\(shared.file)", at: Int(shared.memberOffset) + 1000)
        let found = try damages(builder)
        let member = try #require(found.first { $0.what == "\(shared.file), member at \(shared.memberOffset)" })
        #expect(member.accounts == ["ann", "bob", "carla"])
        #expect(Set(member.messages) == Set(mails.map(\.digest)))
        #expect(member.description.contains("3 messages of ann, bob, carla need it"))
        for mail in mails {
            #expect(found.contains { $0.what == "message \(mail.digest)" && $0.accounts == [mail.account] })
        }
        #expect(!found.contains { $0.accounts.contains("dora") })
    }

    @Test("finds a list that is gone, though the catalogue can do without it")
    func lostList() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        let mails = ArchiveBuilder.letters(to: ["ann", "bob"], sharing: ArchiveBuilder.text(5000, seed: 3))
        try await builder.run([mails])
        let scanner = try VolumeScanner(builder.layout, file: ArchiveLayout.volume(1))
        var list: ScannedEntry?
        while let entry = try scanner.next() { if entry.path.hasSuffix(".parts") { list = entry } }
        let place = try #require(list).place
        try builder.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 60)
        let found = try damages(builder)
        for mail in mails {
            let path = ArchiveLayout.list(account: mail.account, mail.digest)
            let damage = try #require(found.first { $0.what == path })
            #expect(damage.description.contains("1 message of \(mail.account) needs it"))
        }
        #expect(!found.contains { $0.what.hasPrefix("message ") })
        for mail in mails { #expect(try ArchiveReader(builder.layout).contents(of: mail.digest) == mail.bytes) }
    }

    @Test(
        "finds a record that was left out, moved, replaced or altered, and names run, group and volume",
        arguments: ["left out", "moved", "replaced", "altered", "last left out", "last altered"], [true, false])
    func records(what: String, isCatalogueLost: Bool) async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        var surgery = try VolumeSurgery(builder.scratch, volume: 1)
        let last = surgery.groups.count - 1
        #expect(last == 7)
        var names = [surgery.groups[3].path]
        switch what {
        case "left out":
            surgery.groups[3].entries = surgery.groups[2].entries + surgery.groups[3].entries
            surgery.groups.remove(at: 2)
        case "moved":
            surgery.groups.swapAt(2, 3)
            names = [surgery.groups[2].path, surgery.groups[3].path, surgery.groups[4].path]
        case "replaced":
            try surgery.replaceRecord(2, with: surgery.groups[1].record)
            names = [surgery.groups[2].path, surgery.groups[3].path]
        case "altered":
            var record = surgery.groups[2].record
            record.messages[0].archived += 1
            try surgery.replaceRecord(2, with: record)
        case "last left out":
            surgery.groups.removeLast()
            names = [surgery.groups[last - 1].path]
        default:
            var record = surgery.groups[last].record
            record.results[0].archived += 1
            try surgery.replaceRecord(last, with: record)
            names = [surgery.groups[last].path]
        }
        try surgery.finish()
        var told: [String] = []
        if isCatalogueLost { told = try Reindex(builder.layout).run { _ in }.damages }
        let found = try damages(builder).filter { $0.what == "records" }.map(\.description)
        if isCatalogueLost, what.hasPrefix("last") {
            // Nothing names the last record but the catalogue.
            #expect(found.isEmpty && told.isEmpty)
            return
        }
        #expect(found.count == names.count || !isCatalogueLost, "\(found)")
        for name in names {
            #expect(found.contains { $0.contains("\(name) in volumes/000001.tar.gz") }, "\(name): \(found)")
            if isCatalogueLost { #expect(told.contains { $0.contains("\(name) in volumes/000001.tar.gz") }) }
        }
    }

    @Test("finds the gap that a lost volume leaves between the records")
    func lostVolumeInChain() async throws {
        let builder = try await archive()
        let numbers = try ArchiveFolder.volumeNumbers(builder.layout)
        #expect(numbers.count > 2)
        try FileSystem.remove(builder.layout.path(ArchiveLayout.volume(2)))
        try FileSystem.remove(builder.layout.checksums)
        let told = try Reindex(builder.layout).run { _ in }.damages
        #expect(told.contains { $0.contains("in volumes/000003.tar.gz does not follow") })
        let found = try damages(builder).filter { $0.what == "records" }
        #expect(found.count == 1)
        #expect(found.first?.reason.contains("in volumes/000001.tar.gz") == true)
        #expect(found.first?.reason.contains("in volumes/000003.tar.gz does not follow") == true)
    }

    @Test("finds every copy of a message in mbox files, also one that the catalogue does not point to")
    func mboxCopies() async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: .mbox)
        let bytes = ArchiveBuilder.text(5000, seed: 1)
        try await builder.run([[.init("ann", "1", bytes), .init("bob", "1", bytes)]])
        for account in ["ann", "bob"] {
            let file = ArchiveLayout.mbox(account: account, 1)
            try builder.scratch.flip("archive/\(file)", at: 100)
            let found = try damages(builder)
            #expect(found.contains { $0.what.contains(file) || $0.reason.contains(file) }, "\(account): \(found)")
            #expect(found.contains { $0.what.hasPrefix("message ") && $0.accounts.contains(account) })
            try builder.scratch.flip("archive/\(file)", at: 100)
        }
        #expect(try damages(builder).isEmpty)
    }

    @Test("finds a missing file and the messages in it", arguments: ArchiveFormat.allCases)
    func missing(format: ArchiveFormat) async throws {
        let builder = try await archive(format)
        let catalog = try Catalog(builder.layout, .read)
        let digest = try #require(try catalog.allDigests().first)
        let file = try #require(try catalog.places(of: digest)?.first).file
        try FileSystem.remove(builder.layout.path(file))
        let found = try damages(builder)
        #expect(found.contains { $0.what == file && $0.reason.contains("missing") })
        let message = try #require(found.first { $0.what == "message \(digest)" })
        #expect(message.accounts == (try catalog.holders(of: digest)))
        #expect(message.reason.contains(file))
    }

    @Test("finds a volume that was cut off", arguments: [0, 1, 1000])
    func truncated(left: Int) async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        try await builder.run(ArchiveBuilder.sample())
        let file = ArchiveLayout.volume(1)
        let whole = try builder.scratch.bytes("archive/\(file)")
        for count in [left, whole.count - 1 - left] {
            try builder.scratch.write("archive/\(file)", Array(whole.prefix(count)))
            let found = try damages(builder)
            #expect(found.contains { $0.what == file }, "\(count) of \(whole.count) bytes")
        }
    }

    @Test(
        "finds a wrong, a missing and an unreadable line of the list, and goes on",
        arguments: ["wrong", "missing", "unreadable", "foreign", "gone"])
    func list(what: String) async throws {
        let builder = try await archive()
        let layout = builder.layout
        let sealed = try VolumeChecksums.read(layout)
        let file = try #require(sealed.keys.min())
        let text = String(decoding: try builder.scratch.bytes("archive/manifest-sha256.txt"), as: UTF8.self)
        var lines = text.split(separator: "\n").map(String.init)
        switch what {
        case "wrong": lines[0] = String(repeating: "0", count: 64) + lines[0].dropFirst(64)
        case "missing": lines.removeFirst()
        case "unreadable": lines[0] = "rubbish"
        case "foreign": lines.append(String(repeating: "0", count: 64) + "  volumes/000099.tar.gz")
        default: lines = []
        }
        try builder.scratch.write("archive/manifest-sha256.txt", Array(lines.map { $0 + "\n" }.joined().utf8))
        if what == "gone" { try FileSystem.remove(layout.checksums) }
        let outcome = try Verification(layout).run(sample: 1)
        let expected = what == "foreign" ? "volumes/000099.tar.gz" : file
        #expect(outcome.damages.contains { $0.what == expected }, "\(outcome.damages)")
        if what == "unreadable" { #expect(outcome.damages.contains { $0.description.contains("line 1") }) }
        #expect(
            outcome.damages.count == (what == "gone" ? sealed.count : what == "unreadable" ? 2 : 1),
            "\(outcome.damages)")
        #expect(outcome.messageCount > 0)
    }
}
