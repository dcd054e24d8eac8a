import Archive
import Catalog
import Glibc
import Manifest
import Platform
import Testing

@testable import Drain

/// Repairs that end in the middle: nothing gets worse, and the next one completes them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct RepairFaultTests {
    struct Failing: Sendable, CustomTestStringConvertible {
        let call: SystemCall
        let errorNumber: CInt
        var testDescription: String { "\(call.rawValue): \(String(cString: strerror(errorNumber)))" }
    }

    static let failing: [Failing] = [
        Failing(call: .write, errorNumber: ENOSPC), Failing(call: .sync, errorNumber: EIO),
        Failing(call: .rename, errorNumber: ENOSPC), Failing(call: .open, errorNumber: EMFILE),
        Failing(call: .read, errorNumber: EIO), Failing(call: .remove, errorNumber: EROFS),
        Failing(call: .makeDirectory, errorNumber: EACCES), Failing(call: .truncate, errorNumber: EIO),
    ]

    /// A sealed volume that a copy has, and an open one that lost what nobody else has.
    private func damaged(_ format: ArchiveFormat) async throws -> (bench: RepairBench, copy: String) {
        var bench = try await RepairBench(format)
        let more = ArchiveBuilder.sample(seed: 40)[0]
        try await bench.builder.run([more])
        bench = RepairBench(bench.builder, bench.mails + more)
        let copy = try bench.copy()
        let files = try Catalog(bench.layout, .read).files().values.sorted { $0.path < $1.path }
        for file in [files.first { $0.isSealed }, files.last { !$0.isSealed && $0.length > 2000 }] {
            guard let file else { continue }
            try bench.scratch.flip("archive/\(file.path)", at: Int(file.length) / 2)
            if !file.isSealed { try FileSystem.remove("\(copy)/\(file.path)") }
        }
        #expect(try bench.scratch.shell("rm -rf damaged && cp -a archive damaged").status == 0)
        return (bench, copy)
    }

    private func reset(_ bench: RepairBench) throws {
        #expect(try bench.scratch.shell("rm -rf archive && cp -a damaged archive").status == 0)
    }

    @Test("a call that fails ends it, and costs nothing", arguments: failing, ArchiveFormat.allCases)
    func eachCall(failing: Failing, format: ArchiveFormat) async throws {
        let (bench, copy) = try await damaged(format)
        let before = try bench.readable()
        let counting = Faults(failing.call, under: bench.layout.root, only: 0)
        let undisturbed = try await bench.repair(from: [copy])
        counting.remove()
        let expected = try bench.readable()
        #expect(expected.isSuperset(of: before) && expected.count > before.count || !undisturbed.lost.isEmpty)
        let step = max(1, counting.count / 4)
        for number in Set(stride(from: 1, through: counting.count, by: step)).union([counting.count]).sorted() {
            guard counting.count > 0 else { continue }
            try reset(bench)
            let faults = Faults(
                failing.call, under: bench.layout.root, errorNumber: failing.errorNumber, only: number)
            defer { faults.remove() }
            do { _ = try await bench.repair(from: [copy]) } catch {
                #expect(error is FileError || error is ArchiveError, "call \(number): \(error)")
            }
            faults.remove()
            let names = try FileSystem.names(in: bench.layout.root).filter { $0.hasPrefix("catalog.sqlite.") }
            #expect(names.isEmpty || failing.call == .remove, "\(names) after call \(number)")
            let after = try bench.readable()
            #expect(after.isSuperset(of: before), "after call \(number) on \(faults.failedPath)")
            let again = try await bench.repair(from: [copy])
            #expect(RepairBench.held(again.lost).isSubset(of: RepairBench.held(undisturbed.lost)))
            #expect(try bench.readable() == expected, "after call \(number) on \(faults.failedPath)")
            try await bench.expectSound(holding: expected)
        }
    }

    @Test("a run comes between one that failed and the next", arguments: ArchiveFormat.allCases)
    func runBetween(format: ArchiveFormat) async throws {
        let (bench, copy) = try await damaged(format)
        _ = try await bench.repair(from: [copy])
        let expected = try bench.readable()
        let mail = ArchiveBuilder.Mail("ann", "later", ArchiveBuilder.text(2000, seed: 77))
        for path in ["catalog.sqlite", "damaged"] {
            try reset(bench)
            let faults = Faults(.rename, under: bench.layout.path(path), only: 1)
            defer { faults.remove() }
            await #expect(throws: FileError.self) { _ = try await bench.repair(from: [copy]) }
            #expect(faults.failures == 1)
            faults.remove()
            try await bench.builder.run([[mail]])
            let held = expected.union([.init(account: "ann", message: mail.digest)])
            _ = try await bench.repair(from: [copy])
            #expect(try bench.readable() == held, "\(path)")
            try await RepairBench(bench.builder, bench.mails + [mail]).expectSound(holding: held)
        }
    }

    @Test("a full disk is told with its remedy, and the archive stays as it was")
    func fullDisk() async throws {
        let (bench, _) = try await damaged(.tar)
        let files = try bench.checksums()
        let rows = try bench.rows()
        let faults = Faults(.write, under: bench.layout.volumes, only: 1, goesOn: true)
        defer { faults.remove() }
        let error = await #expect(throws: FileError.self) { _ = try await bench.repair() }
        #expect(error?.description.contains("free some space") == true)
        faults.remove()
        #expect(try bench.checksums().filter { line in !files.contains(line) }.count <= 1, "a volume that was begun")
        #expect(try bench.rows() == rows)
    }
}
