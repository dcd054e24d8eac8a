import Glibc
import Platform
import Testing

/// The hook is one for the process: these tests run one after the other, and fail only calls in their own folder.
@Suite(.serialized) struct FaultInjectionTests {
    /// Fails one of the calls in a folder, counted from 0, and notes them all.
    final class Faults: Sendable {
        private let folder: String
        private let number: Int?
        private let errorNumber: CInt
        private let noted = Lock<[SystemCall]>([])

        init(in folder: Folder, failing number: Int?, _ errorNumber: CInt = EIO) {
            self.folder = folder.path
            self.number = number
            self.errorNumber = errorNumber
            FaultInjection.install { [self] call, path in fault(call, path) }
        }

        /// The calls so far. Lets all others through.
        func finish() -> [SystemCall] {
            FaultInjection.install(nil)
            return noted.withLock { $0 }
        }

        private func fault(_ call: SystemCall, _ path: String) -> CInt? {
            guard path.hasPrefix(folder) else { return nil }
            return noted.withLock {
                $0.append(call)
                return $0.count - 1 == number ? errorNumber : nil
            }
        }
    }

    let folder: Folder

    init() throws {
        folder = try Folder()
        try FileSystem.replace(folder("a"), with: [1, 2, 3])
    }

    @Test("replacing a file makes the new bytes durable before they have the name, and the name after")
    func order() throws {
        let faults = Faults(in: folder, failing: nil)
        try FileSystem.replace(folder("a"), with: [4])
        #expect(faults.finish() == [.remove, .open, .write, .sync, .rename, .sync])
        #expect(folder.bytes("a") == [4])
    }

    @Test("whatever call fails, a file that is replaced holds its old bytes", arguments: 0..<5, [EIO, ENOSPC])
    func replacing(number: Int, errorNumber: CInt) throws {
        let faults = Faults(in: folder, failing: number, errorNumber)
        let error = #expect(throws: FileError.self) { try FileSystem.replace(folder("a"), with: [4]) }
        let calls = faults.finish()
        #expect(error?.call == calls.last && error?.errorNumber == errorNumber)
        #expect(calls.count == number + 1)
        #expect(folder.bytes("a") == [1, 2, 3])
        try FileSystem.replace(folder("a"), with: [5])
        #expect(folder.bytes("a") == [5])
        #expect(try FileSystem.names(in: folder.path) == ["a"])
    }

    @Test("when only the folder cannot be flushed, the new bytes are there and the failure is told")
    func directory() throws {
        let faults = Faults(in: folder, failing: 5)
        let error = #expect(throws: FileError.self) { try FileSystem.replace(folder("a"), with: [4]) }
        _ = faults.finish()
        #expect(error?.call == .sync && error?.path == folder.path)
        #expect(folder.bytes("a") == [4])
    }

    @Test("makes the names of a folder and of those above it durable, and tells what fails")
    func names() throws {
        try FileSystem.makeDirectories(folder("b/c"))
        var faults = Faults(in: folder, failing: nil)
        try FileSystem.syncNames(of: folder("b/c"))
        #expect(faults.finish() == [.sync, .sync])
        faults = Faults(in: folder, failing: 1)
        let error = #expect(throws: FileError.self) { try FileSystem.syncNames(of: folder("b/c")) }
        _ = faults.finish()
        #expect(error?.path == folder.path && error?.errorNumber == EIO)
    }

    @Test("every kind of call can be made to fail")
    func kinds() throws {
        let file = try File(folder("a"), .readWrite)
        var byte: UInt8 = 9
        for call in [SystemCall.read, .write, .sync, .truncate, .open, .rename, .remove, .makeDirectory] {
            let faults = Faults(in: folder, failing: 0)
            let error = #expect(throws: FileError.self) {
                switch call {
                case .read: _ = try withUnsafeMutableBytes(of: &byte) { try file.read(into: $0, at: 0) }
                case .write: try withUnsafeBytes(of: &byte) { try file.write($0, at: 0) }
                case .sync: try file.sync()
                case .truncate: try file.truncate(to: 0)
                case .open: _ = try File(folder("a"), .read)
                case .rename: try FileSystem.rename(folder("a"), to: folder("b"))
                case .remove: try FileSystem.remove(folder("a"))
                case .makeDirectory: try FileSystem.makeDirectories(folder("b"))
                case .close: break
                }
            }
            _ = faults.finish()
            #expect(error?.call == call && error?.errorNumber == EIO)
        }
        #expect(folder.bytes("a") == [1, 2, 3])
        #expect(try FileSystem.names(in: folder.path) == ["a"])
    }
}
