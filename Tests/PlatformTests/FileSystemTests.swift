import Glibc
import Platform
import Testing

@Suite struct FileSystemTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    @Test("makes folders with those above them, once")
    func makeDirectories() throws {
        try FileSystem.makeDirectories(folder("a/b/c"))
        try FileSystem.makeDirectories(folder("a/b/c"))
        try FileSystem.makeDirectories(folder("a/b/d/"))
        #expect(try FileSystem.names(in: folder("a/b")) == ["c", "d"])
        try FileSystem.replace(folder("file"), with: [])
        for path in ["file", "file/below"] {
            #expect(throws: FileError.self) { try FileSystem.makeDirectories(folder(path)) }
        }
    }

    @Test("lists names in order, hidden ones too")
    func names() throws {
        for name in ["b", "a", ".hidden", "ü"] { try FileSystem.replace(folder(name), with: []) }
        #expect(try FileSystem.names(in: folder.path) == [".hidden", "a", "b", "ü"])
        #expect(throws: FileError.self) { try FileSystem.names(in: folder("missing")) }
    }

    @Test("removes what is there, and does not mind what is not")
    func remove() throws {
        try FileSystem.replace(folder("a"), with: [1])
        try FileSystem.remove(folder("a"))
        try FileSystem.remove(folder("a"))
        #expect(!FileSystem.exists(folder("a")))
    }

    @Test("renames over what is there")
    func rename() throws {
        try FileSystem.replace(folder("a"), with: [1])
        try FileSystem.replace(folder("b"), with: [2])
        try FileSystem.rename(folder("a"), to: folder("b"))
        #expect(folder.bytes("b") == [1])
        #expect(throws: FileError.self) { try FileSystem.rename(folder("a"), to: folder("b")) }
    }

    @Test("reads whole files up to a limit")
    func contents() throws {
        let bytes = (0..<70_000).map { UInt8(truncatingIfNeeded: $0) }
        try FileSystem.replace(folder("a"), with: bytes)
        #expect(try FileSystem.contents(of: folder("a"), byteLimit: 70_000) == bytes)
        do {
            _ = try FileSystem.contents(of: folder("a"), byteLimit: 69_999)
            Issue.record("read beyond the limit")
        } catch {
            #expect(error.errorNumber == EFBIG)
        }
        try FileSystem.replace(folder("a"), with: [])
        #expect(try FileSystem.contents(of: folder("a"), byteLimit: 0).isEmpty)
    }

    @Test("tells the folder part of a path")
    func parent() {
        #expect(FileSystem.parent(of: "/a/b") == "/a")
        #expect(FileSystem.parent(of: "/a") == "/")
        #expect(FileSystem.parent(of: "a") == ".")
    }

    @Test("sets a file's time")
    func times() throws {
        try FileSystem.replace(folder("a"), with: [])
        FileSystem.setTimes(of: folder("a"), to: 1_000_000_000)
        var status = stat()
        #expect(stat(folder("a"), &status) == 0)
        #expect(status.st_mtim.tv_sec == 1_000_000_000)
    }
}
