import Archive
import Platform
import Testing

@Suite struct ArchiveFolderTests {
    @Test("makes an archive, and finds it again")
    func prepare() throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        try ArchiveFolder.prepare(scratch.layout)
        try ArchiveFolder.check(scratch.layout)
        #expect(try scratch.bytes("archive/RECOVER.txt") == Array(RecoverText.text.utf8))
    }

    @Test("a folder whose name is not durable has no text yet, so that the next run makes it so")
    func textComesLast() throws {
        let scratch = Scratch()
        FaultInjection.install { call, path in call == .sync && path == scratch.path ? 5 : nil }
        defer { FaultInjection.install(nil) }
        let error = #expect(throws: FileError.self) { try ArchiveFolder.prepare(scratch.layout) }
        #expect(error?.call == .sync && error?.path == scratch.path)
        #expect(!FileSystem.exists(scratch.layout.recoverText))
    }

    @Test("says that a folder is none")
    func missing() {
        let error = #expect(throws: ArchiveError.self) { try ArchiveFolder.check(Scratch().layout) }
        #expect(error?.code == .missing)
    }

    @Test("refuses the format of a later version, with the remedy")
    func newer() throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        let text = RecoverText.text.replacing("format 1.", with: "format 7.")
        try scratch.write("archive/RECOVER.txt", Array(text.utf8))
        for call in [ArchiveFolder.prepare, ArchiveFolder.check] {
            let error = #expect(throws: ArchiveError.self) { try call(scratch.layout) }
            #expect(error?.code == .newerFormat(found: 7))
            #expect(error?.description.contains("update") == true)
        }
    }

    @Test("takes only names of its own for volumes")
    func names() throws {
        let scratch = Scratch()
        for name in [
            "000010.tar.gz", "000002.tar.gz", "1000000.tar.gz", "1.tar.gz", "000000.tar.gz", "x.tar.gz", "000003.tar",
        ] {
            try scratch.write("archive/volumes/\(name)", [])
        }
        #expect(try ArchiveFolder.volumeNumbers(scratch.layout) == [2, 10, 1_000_000])
    }
}
