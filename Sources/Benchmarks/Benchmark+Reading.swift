import Archive
import Catalog
import Drain
import Foundation
import Mail
import Retrieval

extension Benchmark {
    /// Commands that read an archive of `--megabytes`. Where the program stands beside this one, what it takes to start,
    /// and to show one message, is taken too.
    static let reading =
        [starting, showing, readingBack, verifying]
        + [ExportFormat.mbox, .eml, .maildir, .mboxGzip, .tarGzip].map(exporting) + [reindexing]

    private static let shownCount = 50

    private static let starting = Benchmark(name: "start-up: mailcask status", unit: .commands) { workbench in
        let archive = try workbench.archive.get()
        return {
            var sample = try Sample.measure(itemCount: shownCount) {
                for _ in 0..<shownCount { try ProgramRun.run(["status", archive.layout.root]) }
            }
            let version = try ProgramRun.milliseconds(of: ["--version"], count: shownCount)
            let status = try ProgramRun.milliseconds(of: ["status", archive.layout.root], count: shownCount)
            sample.notes = [("ms of --version", version), ("ms of status", status)]
            return sample
        }
    }

    private static let showing = Benchmark(name: "mailcask show, random messages", unit: .commands) { workbench in
        let archive = try workbench.archive.get()
        let digests = try Catalog(archive.layout, .read).allDigests()
        return {
            let chosen = (0..<shownCount).map { _ in digests.randomElement()!.hex }
            var sample = try Sample.measure(itemCount: shownCount) {
                for digest in chosen { try ProgramRun.run(["show", archive.layout.root, digest]) }
            }
            let start = try ProgramRun.milliseconds(of: ["--version"], count: shownCount)
            let shown = try ProgramRun.median(chosen.map { ["show", archive.layout.root, $0] })
            sample.notes = [("ms beyond start-up", shown - start)]
            return sample
        }
    }

    private static let readingBack = Benchmark(name: "read random messages", unit: .lookups) { workbench in
        let archive = try workbench.archive.get()
        let reader = try ArchiveReader(archive.layout)
        let digests = try reader.catalog.allDigests()
        return {
            let chosen = (0..<1000).map { _ in digests.randomElement()! }
            return try Sample.measure(itemCount: chosen.count) {
                for digest in chosen { try reader.read(digest) { keep($0.count) } }
            }
        }
    }

    private static let verifying = Benchmark(name: "verify", unit: .megabytes, runLimit: 3) { workbench in
        let archive = try workbench.archive.get()
        return {
            let sample = try Sample.measure(byteCount: archive.mailByteCount, itemCount: archive.messageCount) {
                let outcome = try Verification(archive.layout).run(sample: 1)
                guard outcome.damages.isEmpty else { throw BenchmarkError("\(outcome.damages)") }
            }
            return noted(sample, archive)
        }
    }

    private static func exporting(_ format: ExportFormat) -> Benchmark {
        Benchmark(name: "export as \(format.rawValue)", unit: .megabytes, runLimit: 3) { workbench in
            let archive = try workbench.archive.get()
            return {
                let target = workbench.newFolder()
                defer { workbench.remove(target) }
                let sample = try Sample.measure(byteCount: archive.mailByteCount, itemCount: archive.messageCount) {
                    let export = Export(try ArchiveReader(archive.layout), format, directory: target)
                    let outcome = try export.run(MessageFilter())
                    guard outcome.messageCount == archive.messageCount else { throw BenchmarkError("\(outcome)") }
                }
                return noted(sample, archive)
            }
        }
    }

    private static let reindexing = Benchmark(name: "reindex", unit: .megabytes, runLimit: 3) { workbench in
        let archive = try workbench.archive.get()
        return {
            let sample = try Sample.measure(byteCount: archive.mailByteCount, itemCount: archive.messageCount) {
                let outcome = try Reindex(archive.layout).run { _ in }
                guard outcome.damages.isEmpty else { throw BenchmarkError("\(outcome.damages)") }
            }
            return noted(sample, archive)
        }
    }

    /// How many messages a second, and how many processors.
    private static func noted(_ sample: Sample, _ archive: SampleArchive) -> Sample {
        var sample = sample
        sample.notes = [
            ("messages/s", Double(archive.messageCount) / sample.wallSeconds),
            ("stored MB/s", Double(archive.storedByteCount) / 1e6 / sample.wallSeconds),
            ("processors", sample.cpuSeconds / sample.wallSeconds),
        ]
        return sample
    }
}
