import Foundation
import Glibc
import Platform
import Testing

@Suite struct FileTests {
    let folder: Folder

    init() throws { folder = try Folder() }

    private static func write(_ text: String, to file: borrowing File, at offset: UInt64) throws {
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: offset) }
    }

    private static func read(_ file: borrowing File, at offset: UInt64, byteCount: Int) throws -> String {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: offset) }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    @Test("writes and reads at any offset, and short only at the end")
    func positions() throws {
        let file = try File(folder("a"), .readWrite)
        try Self.write("hello", to: file, at: 0)
        try Self.write("world", to: file, at: 7)
        #expect(try file.length() == 12)
        #expect(try Self.read(file, at: 0, byteCount: 99) == "hello\0\0world")
        #expect(try Self.read(file, at: 8, byteCount: 3) == "orl")
        #expect(try Self.read(file, at: 12, byteCount: 3).isEmpty)
        #expect(try Self.read(file, at: 99, byteCount: 3).isEmpty)
        try file.sync()
    }

    @Test("writes a range once more and changes nothing, wherever the range ends")
    func rewriting() throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try FileSystem.replace(folder("a"), with: bytes)
        let file = try File(folder("a"), .readWrite)
        for (start, end) in [(0, UInt64.max), (1, 2), (999_999, 2_500_000), (3_000_000, 3_000_001), (9, 9)] {
            try file.rewrite(from: UInt64(start), to: end)
        }
        #expect(folder.bytes("a") == bytes)
    }

    @Test("truncates, and keeps what is before")
    func truncation() throws {
        let file = try File(folder("a"), .create)
        try Self.write("hello world", to: file, at: 0)
        try file.truncate(to: 5)
        #expect(folder.bytes("a") == Array("hello".utf8))
        try file.truncate(to: 7)
        #expect(folder.bytes("a") == Array("hello\0\0".utf8))
    }

    @Test("is made for its owner alone, opened again, and made only once")
    func modes() throws {
        let path = folder("a")
        #expect(throws: FileError.self) { _ = try File(path, .read) }
        do { _ = try File(path, .create) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        do { _ = try File(path, .readWrite) }
        do {
            _ = try File(path, .create)
            Issue.record("made twice")
        } catch {
            #expect(error.errorNumber == EEXIST && error.call == .open && error.path == path)
        }
        let file = try File(path, .read)
        #expect(throws: FileError.self) { try Self.write("a", to: file, at: 0) }
    }

    @Test("a sealed file is read-only")
    func readOnly() throws {
        let file = try File(folder("a"), .create)
        try file.makeReadOnly()
        let attributes = try FileManager.default.attributesOfItem(atPath: folder("a"))
        #expect(attributes[.posixPermissions] as? Int == 0o400)
    }

    @Test("only one descriptor holds the lock, until it is closed")
    func lock() throws {
        let path = folder("lock")
        let other = try File(path, .readWrite)
        do {
            let first = try File(path, .readWrite)
            #expect(try first.lockExclusively())
            #expect(try first.lockExclusively())
            #expect(try !other.lockExclusively())
        }
        #expect(try other.lockExclusively())
    }

    @Test("an unnamed file leaves nothing in its folder")
    func unnamed() throws {
        let file = try File(unnamedIn: folder.path)
        try Self.write("spool", to: file, at: 1 << 20)
        #expect(try Self.read(file, at: 1 << 20, byteCount: 9) == "spool")
        #expect(try FileSystem.names(in: folder.path).isEmpty)
        #expect(throws: FileError.self) { _ = try File(unnamedIn: folder("missing")) }
    }

    @Test("closes its descriptor when it goes")
    func descriptors() throws {
        let path = folder("a")
        let lowest = dup(0)
        close(lowest)
        for _ in 0..<2000 { _ = try File(path, .readWrite) }
        #expect(throws: FileError.self) { for _ in 0..<2000 { _ = try File(path, .create) } }
    }

    @Test(
        "errors tell the call, the path, the reason and the remedy",
        arguments: [
            (SystemCall.open, ENOENT, "cannot open /a: No such file or directory"),
            (.write, ENOSPC, "cannot write /a: No space left on device; free some space on that disk and run again"),
            (.sync, EIO, "cannot flush to disk /a: Input/output error; the disk reports an error"),
            (.rename, EACCES, "cannot rename /a: Permission denied; give the user who runs mailcask the right to it"),
            (.makeDirectory, EROFS, "cannot make the folder /a: Read-only file system; the file system is mounted"),
            (.open, EMFILE, "cannot open /a: Too many open files; raise the limit of open files (ulimit -n)"),
        ])
    func descriptions(call: SystemCall, number: CInt, text: String) {
        let error = FileError(call: call, path: "/a", errorNumber: number)
        #expect(error.description.hasPrefix(text))
        #expect(error.isMissing == (number == ENOENT))
        #expect(error.isDiskFull == (number == ENOSPC))
    }
}
