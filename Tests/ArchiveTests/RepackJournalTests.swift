import Mail
import Testing

@testable import Archive

@Suite struct RepackJournalTests {
    static let journal = RepackJournal(
        file: "volumes/000007.tar.gz", old: .init(length: 60, digest: digest("old")),
        new: .init(length: 45, digest: digest("new")),
        members: [.init(oldLength: 40, newLength: 20), .init(oldLength: 20, newLength: 25)])

    static func digest(_ text: String) -> Digest { Array(text.utf8).withUnsafeBytes { Digest.of($0) } }

    @Test("comes back as it was written, and is there until it is removed") func comesBack() throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        #expect(try RepackJournal.read(scratch.layout) == nil)
        try Self.journal.write(scratch.layout)
        #expect(try RepackJournal.read(scratch.layout) == Self.journal)
        try RepackJournal.remove(scratch.layout)
        #expect(try RepackJournal.read(scratch.layout) == nil)
    }

    @Test("says where each member begins now") func offsets() {
        #expect(Self.journal.newOffsets() == [0: 0, 40: 20])
    }

    @Test("is refused when anything is missing or does not fit together") func refused() throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        try Self.journal.write(scratch.layout)
        let text = String(decoding: try scratch.bytes("archive/repack.journal"), as: UTF8.self)
        #expect(RepackJournal(text: text) == Self.journal)
        for count in 0..<text.count { #expect(RepackJournal(text: String(text.prefix(count))) == nil, "\(count)") }
        let others = [
            ("repack 1", "repack 2"), ("volumes/000007.tar.gz", "../000007.tar.gz"), ("60 ", "45 "), ("45 ", "60 "),
            ("40 20", "41 20"), ("40 20", "40 21"), ("40 20", "40"), ("40 20", "60 45"), ("20 25", "20 25\n0 0"),
            ("20 25", "20 25\n"), ("40 20", "18446744073709551615 20"),
        ]
        for (old, new) in others {
            let other = text.replacing(old, with: new)
            #expect(other != text)
            #expect(RepackJournal(text: other) == nil, "\(new)")
        }
        try scratch.write("archive/repack.journal", Array("no journal".utf8))
        #expect { try RepackJournal.read(scratch.layout) } throws: { ($0 as? ArchiveError)?.code == .damaged }
    }
}
