import Archive
import Catalog
import Glibc
import Manifest
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain

/// A disk that fails: the run ends and says so, and the next one loses and doubles nothing.
@Suite(.serialized, .timeLimit(.minutes(10))) struct DiskTests {
    struct Failing: Sendable, CustomTestStringConvertible {
        let call: SystemCall
        let errorNumber: CInt
        var testDescription: String { "\(call.rawValue): \(String(cString: strerror(errorNumber)))" }
    }

    static let failing: [Failing] = [
        Failing(call: .write, errorNumber: ENOSPC), Failing(call: .write, errorNumber: EIO),
        Failing(call: .sync, errorNumber: EIO), Failing(call: .sync, errorNumber: ENOSPC),
        Failing(call: .truncate, errorNumber: EIO), Failing(call: .rename, errorNumber: ENOSPC),
        Failing(call: .open, errorNumber: EMFILE), Failing(call: .read, errorNumber: EIO),
        Failing(call: .remove, errorNumber: EROFS), Failing(call: .makeDirectory, errorNumber: EACCES),
    ]

    /// Enough for several volumes of the size below.
    private static let letters: [[UInt8]] = (0..<5).map {
        Array("Subject: \($0)\r\n\r\n".utf8) + ArchiveBuilder.text(120_000, seed: UInt64($0 + 10))
    }
    private static let volumeByteLimit: UInt64 = 1 << 17

    @Test("ends the run, and the next one completes it", arguments: failing, ArchiveFormat.allCases)
    func eachCall(failing: Failing, format: ArchiveFormat) async throws {
        let callCount = try await countCalls(failing.call, format)
        #expect(callCount > 0)
        // All of them where there are few, else a share that begins and ends with the first and the last.
        let step = max(1, callCount / 6)
        for number in Set(stride(from: 1, through: callCount, by: step)).union([callCount]).sorted() {
            let bench = try Bench()
            let server = try server()
            let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
            let faults = Faults(
                failing.call, under: bench.layout.root, errorNumber: failing.errorNumber, only: number)
            defer { faults.remove() }
            do {
                let report = try await bench.drain(accounts, format: format, volumeByteLimit: Self.volumeByteLimit)
                if faults.failures > 0, !report.isComplete {
                    let fatal = try #require(report.fatal, "call \(number): \(report.accounts)")
                    #expect(fatal.kind == .localDisk)
                    #expect(fatal.description.contains(bench.layout.root), "call \(number): \(fatal)")
                    #expect(fatal.description.contains(String(cString: strerror(failing.errorNumber))))
                }
            } catch {
                #expect(error is FileError || error is ArchiveError, "call \(number): \(error)")
                #expect("\(error)".contains(bench.layout.root))
            }
            faults.remove()
            let second = try await bench.drain(accounts, format: format, volumeByteLimit: Self.volumeByteLimit)
            #expect(second.isComplete, "after call \(number) on \(faults.failedPath): \(second)")
            try bench.expect(["ann": Self.letters, "bob": Self.letters])
            guard number % 3 == 0 else { continue }
            let fetched = server.retrievedCount
            #expect(try await bench.drain(accounts, format: format, volumeByteLimit: Self.volumeByteLimit).isComplete)
            #expect(server.retrievedCount == fetched)
        }
    }

    @Test("says what to do when the disk is full")
    func remedy() async throws {
        let bench = try Bench()
        let server = try server()
        let faults = Faults(.write, under: bench.layout.root + "/volumes", only: 1, goesOn: true)
        defer { faults.remove() }
        let report = try await bench.drain(["ann", "bob"].map { bench.account($0, at: server) })
        let fatal = try #require(report.fatal)
        #expect(fatal.description.contains("No space left") && fatal.description.contains("free some space"))
        #expect(fatal.description.contains("volumes/000001.tar.gz"))
        #expect(report.accounts.allSatisfy { $0.result.archived == 0 })
    }

    @Test("never tries a flush again that failed", arguments: ArchiveFormat.allCases)
    func flushing(format: ArchiveFormat) async throws {
        let bench = try Bench()
        let server = try server()
        let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
        let faults = Faults(
            .sync, under: bench.layout.root, suffix: format == .tar ? ".tar.gz" : ".mbox.gz", errorNumber: EIO, only: 1,
            goesOn: true)
        defer { faults.remove() }
        let report = try await bench.drain(accounts, format: format, volumeByteLimit: Self.volumeByteLimit)
        #expect(report.fatal?.kind == .localDisk)
        #expect(faults.count == 1)
        faults.remove()
        #expect(try await bench.drain(accounts, format: format, volumeByteLimit: Self.volumeByteLimit).isComplete)
        try bench.expect(["ann": Self.letters, "bob": Self.letters])
    }

    @Test("nor the flush of the folder, where the lock is the first name in it")
    func flushingFolder() async throws {
        let bench = try Bench()
        let server = try server()
        let account = bench.account("ann", at: server)
        let faults = Faults(
            .sync, under: bench.layout.root, suffix: bench.layout.root, errorNumber: EIO, only: 1, goesOn: true)
        defer { faults.remove() }
        let error = await #expect(throws: FileError.self) { _ = try await bench.drain([account]) }
        #expect(error?.isDiskFull == false && faults.count == 1)
        faults.remove()
        #expect(try await bench.drain([account]).isComplete)
    }

    @Test("what a failed flush may have left in memory only is written once more before it counts")
    func salvaging() async throws {
        let bench = try Bench()
        let server = try server()
        let account = bench.account("ann", at: server)
        var faults = Faults(.sync, under: bench.layout.root, suffix: ".tar.gz", errorNumber: EIO, only: 1)
        #expect(try await bench.drain([account]).fatal != nil)
        faults.remove()
        faults = Faults(.write, under: bench.layout.root, suffix: ".tar.gz", only: 0)
        defer { faults.remove() }
        let opening = try ArchiveOpening(bench.layout, .tar)
        #expect(try opening.catalog.totals().messageCount == Self.letters.count, "\(opening.notices)")
        #expect(faults.count > 0)
    }

    @Test("the log of the old catalogue is gone for good before a new catalogue takes its place")
    func oldLog() async throws {
        let bench = try Bench()
        let server = try server()
        #expect(try await bench.drain([bench.account("ann", at: server)]).isComplete)
        let syncs = Faults(.sync, under: bench.layout.root, suffix: bench.layout.root, only: 0)
        defer { syncs.remove() }
        let faults = Faults(.rename, under: bench.layout.catalog, errorNumber: EIO, only: 1)
        defer { faults.remove() }
        #expect(throws: FileError.self) { try Reindex(bench.layout).run { _ in } }
        #expect(syncs.count == 1)
    }

    @Test("a message that cannot be spooled is told at its end")
    func spooling() throws {
        let scratch = Scratch()
        let faults = Faults(.write, under: scratch.path, suffix: "(spool)", only: 2)
        defer { faults.remove() }
        let receiver = MessageReceiver(
            spoolDirectory: scratch.path, budget: MemoryBudget(byteLimit: 64 << 20), expectedOctets: nil)
        let chunk = [UInt8](repeating: 65, count: 1 << 20)
        for _ in 0..<12 { try? chunk.withUnsafeBytes { try receiver.append($0) } }
        let error = #expect(throws: FileError.self) { _ = try receiver.finish() }
        #expect(error?.isDiskFull == true)
        #expect(error?.description.contains("free some space") == true)
    }

    @Test("an export that fails leaves whole messages only", arguments: ExportFormat.allCases)
    func failedExport(format: ExportFormat) async throws {
        let bench = try Bench()
        let server = try server()
        #expect(try await bench.drain([bench.account("ann", at: server)]).isComplete)
        let whole = Set(Self.letters)
        for number in format == .maildir || format == .eml ? [1, 3] : [1] {
            let target = Scratch()
            let faults = Faults(.write, under: target.path, only: number, goesOn: true)
            defer { faults.remove() }
            let export = Export(try ArchiveReader(bench.layout), format, directory: target.path)
            #expect(throws: FileError.self) { try export.run(MessageFilter()) }
            for folder in ["", "ann/", "ann/cur/", "ann/new/", "ann/tmp/"] {
                let directory = "\(target.path)/\(folder)"
                guard FileSystem.isDirectory(directory) else { continue }
                for name in try FileSystem.names(in: directory) where !FileSystem.isDirectory(directory + name) {
                    let bytes = try FileSystem.contents(of: directory + name, byteLimit: 1 << 20)
                    #expect(whole.contains(bytes), "\(folder)\(name)")
                }
            }
        }
    }

    private func server() throws -> SimulatedServer {
        let maildrop = Bench.maildrop(Self.letters)
        return try SimulatedServer(maildrops: ["ann": maildrop, "bob": maildrop])
    }

    private func countCalls(_ call: SystemCall, _ format: ArchiveFormat) async throws -> Int {
        let bench = try Bench()
        let server = try server()
        let faults = Faults(call, under: bench.layout.root, only: 0)
        defer { faults.remove() }
        #expect(
            try await bench.drain(
                ["ann", "bob"].map { bench.account($0, at: server) }, format: format,
                volumeByteLimit: Self.volumeByteLimit
            ).isComplete)
        return faults.count
    }
}
