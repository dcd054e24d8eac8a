import Archive
import Catalog
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
