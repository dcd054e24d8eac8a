import Archive
import Catalog
import Foundation
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@Suite(.timeLimit(.minutes(5))) struct ExportTests {
    private struct Case {
        let builder: ArchiveBuilder
        let mails: [ArchiveBuilder.Mail]
        var scratch: Scratch { builder.scratch }

        /// What each account holds.
        var held: [String: Set<[UInt8]>] {
            Dictionary(grouping: mails, by: \.account).mapValues { Set($0.map(\.bytes)) }
        }

        func export(_ format: ExportFormat, to name: String = "out", _ filter: MessageFilter = MessageFilter()) throws
            -> Export.Outcome
        {
            try Export(ArchiveReader(builder.layout), format, directory: "\(scratch.path)/\(name)").run(filter)
        }

        /// The messages of an account that were exported, as ordinary tools read them.
        func messages(_ format: ExportFormat, _ account: String, in name: String = "out") throws -> [[UInt8]] {
            let base = "\(name)/\(SafeName.escaped(account))"
            switch format {
            case .maildir: return try files("\(base)/cur")
            case .eml: return try files(base)
            case .tarGzip:
                let unpacked = try scratch.shell("rm -rf un && mkdir un && tar -xzf '\(base).tar.gz' -C un")
                #expect(unpacked.status == 0)
                #expect(unpacked.output.isEmpty)
                return try files("un/\(SafeName.escaped(account))")
            case .mbox, .mboxGzip:
                let reader = """
                    import mailbox, re, sys, os
                    os.mkdir('split')
                    # Read as the definition of mboxrd says: a From line behind an empty line begins a message.
                    data = sys.stdin.buffer.read()
                    parts = re.split(rb'(?:\\A|(?<=\\n\\n))From [^\\n]*\\n', data)[1:]
                    for i, part in enumerate(parts):
                        with open('split/%06d' % i, 'wb') as f:
                            f.write(re.sub(rb'(?m)^>(>*From )', rb'\\1', part[:-1]))
                    open('whole.mbox', 'wb').write(data)
                    print(len(mailbox.mbox('whole.mbox')))
                    """
                try scratch.write("read.py", Array(reader.utf8))
                let cat = format == .mbox ? "cat '\(base).mbox'" : "zcat '\(base).mbox.gz'"
                let result = try scratch.shell("rm -rf split; \(cat) | python3 read.py")
                #expect(result.status == 0, "\(result.output)")
                let found = try files("split")
                #expect(result.output == "\(found.count)", "Python's mailbox module counts alike")
                return found
            }
        }

        func files(_ folder: String) throws -> [[UInt8]] {
            try FileSystem.names(in: "\(scratch.path)/\(folder)").map { try scratch.bytes("\(folder)/\($0)") }
        }
    }

    private func make(_ format: ArchiveFormat = .tar) async throws -> Case {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format, volumeByteLimit: 1 << 18)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        return Case(builder: builder, mails: Array((ArchiveBuilder.sample() + ArchiveBuilder.sample(seed: 9)).joined()))
    }

    @Test("every format holds every message byte for byte", arguments: ExportFormat.allCases, ArchiveFormat.allCases)
    func exact(format: ExportFormat, archive: ArchiveFormat) async throws {
        let test = try await make(archive)
        let outcome = try test.export(format)
        #expect(outcome.failures.isEmpty)
        #expect(outcome.accountCount == 3)
        #expect(outcome.messageCount == test.held.values.reduce(0) { $0 + $1.count })
        for (account, expected) in test.held {
            let found = try test.messages(format, account)
            #expect(found.count == expected.count)
            #expect(Set(found) == expected, "\(account)")
        }
    }

    @Test("a second export leaves what is there", arguments: [ExportFormat.maildir, .eml])
    func again(format: ExportFormat) async throws {
        let test = try await make()
        let first = try test.export(format)
        let second = try test.export(format)
        #expect(second.messageCount == 0)
        #expect(second.skippedCount == first.messageCount)
        #expect(first.skippedCount == 0)
    }

    @Test("a file of another size is written anew")
    func halfWritten() async throws {
        let test = try await make()
        _ = try test.export(.eml)
        let name = try #require(try FileSystem.names(in: "\(test.scratch.path)/out/ann").first)
        try test.scratch.write("out/ann/\(name)", Array("half".utf8))
        #expect(try test.export(.eml).messageCount == 1)
        #expect(Set(try test.messages(.eml, "ann")) == test.held["ann"])
    }

    @Test("files carry the date of their message")
    func dates() async throws {
        let test = try await make()
        _ = try test.export(.eml)
        let listing = try test.scratch.shell("cd out/ann && find . -name '20251121T100000Z-*' -printf '%T@\\n'").output
        #expect(listing.contains("1763719200"))
    }

    @Test("a filter lets through what it matches")
    func filter() async throws {
        let test = try await make()
        var filter = MessageFilter()
        (filter.accounts, filter.words) = (["bob"], ["grüße"])
        #expect(try test.export(.eml, filter).messageCount == 2)
        #expect(try FileSystem.names(in: "\(test.scratch.path)/out") == ["bob"])
    }

    @Test(
        "a damaged message is left out and told, and all others are there", arguments: ExportFormat.allCases,
        [false, true])
    func damaged(format: ExportFormat, isMissing: Bool) async throws {
        let test = try await make()
        let catalog = try Catalog(test.builder.layout, .read)
        let lost = try #require(test.mails.first { $0.bytes.count > 250_000 })
        let place = try #require(try catalog.places(of: lost.digest)?.last)
        if isMissing {
            try FileSystem.remove(test.builder.layout.path(place.file))
        } else {
            try test.scratch.flip("archive/\(place.file)", at: Int(place.memberOffset) + 100)
        }
        let outcome = try test.export(format)
        #expect(
            outcome.failures.contains {
                $0.contains(lost.digest.hex) && $0.contains(lost.account) && $0.contains(place.file)
            })
        for (account, expected) in test.held {
            let found = try test.messages(format, account)
            let told = outcome.failures.filter { $0.hasPrefix("\(account): ") }.count
            #expect(found.count == expected.count - told, "\(account)")
            #expect(Set(found).isSubset(of: expected))
        }
        if !isMissing { #expect(outcome.failures.count <= 3) }
    }
}
