extension Benchmark {
    /// Whole runs against a simulated server in another process; the client's processor time alone is counted.
    static let drains = [false, true].map { tls in
        Benchmark(name: "drain, 8 accounts at once, \(tls ? "TLS" : "plain")", unit: .megabytes) { workbench in
            let server = try ServerProcess(workbench, .mail, accounts: 8, tls: tls)
            return {
                let archive = workbench.newFolder()
                defer { workbench.remove(archive) }
                return try server.run(.drain, parallel: 8, archive: archive)
            }
        }
    }

    /// A run that finds nothing new, against the least that any client must do.
    static let secondRuns = [
        secondRun("second run, 40 accounts, TLS", .small, accounts: 40),
        secondRun("second run, 1000 accounts, TLS", .few, accounts: 1000),
        secondRun("second run, a maildrop of 50000, TLS", .many, accounts: 1),
    ]

    private static func secondRun(_ name: String, _ kind: ServerKind, accounts: Int) -> Benchmark {
        Benchmark(name: name, unit: .sessions) { workbench in
            let server = try ServerProcess(workbench, kind, accounts: accounts, tls: true)
            let archive = workbench.newFolder()
            _ = try server.run(.drain, parallel: 8, archive: archive)
            return {
                let bare = try server.run(.bare, parallel: 8, archive: archive)
                var sample = try server.run(.drain, parallel: 8, archive: archive)
                sample.itemCount = accounts
                sample.notes = [
                    ("wall s", sample.wallSeconds),
                    ("times login, STAT, UIDL, QUIT", sample.wallSeconds / bare.wallSeconds),
                    ("in CPU", sample.cpuSeconds / bare.cpuSeconds),
                    ("peak MB", sample.peakMegabytes), ("of these bare", bare.peakMegabytes),
                ]
                return sample
            }
        }
    }

    /// The manifest of a large job, read and checked by a process of its own.
    static let manifests = [
        Benchmark(name: "read a manifest of 10000 accounts", unit: .accounts) { workbench in
            let accounts = 10_000
            return {
                let report = try ServerProcess.report(
                    .manifest, port: 995, accounts: accounts, parallel: 8, archive: workbench.newFolder(), caFile: nil)
                return Sample(
                    wallSeconds: report.wallSeconds, cpuSeconds: report.cpuSeconds, itemCount: accounts,
                    notes: [("wall s", report.wallSeconds), ("peak MB", Double(report.peakByteCount) / 1e6)])
            }
        }
    ]

    /// The most memory that a run takes: where the manifest gives no limit, and where it gives one.
    static let peaks =
        [peak("256 idle connections", .idle, accounts: 256, nil)]
        + [nil, 64, 128, 256].flatMap { mebibytes in
            [1, 32, 256].map { peak("\($0) connections", .mail, accounts: $0, mebibytes) } + [
                peak("one message of 2 GB", .giant, accounts: 1, mebibytes),
                peak("a listing of 1,000,000", .million, accounts: 1, mebibytes),
            ]
        }

    private static func peak(_ what: String, _ kind: ServerKind, accounts: Int, _ mebibytes: Int?) -> Benchmark {
        let limit = mebibytes.map { ", memory = \($0) MiB" } ?? ""
        let work: ClientCommand.Work = kind == .idle ? .idle : kind == .million ? .listed : .drain
        return Benchmark(
            name: "peak, \(what)\(limit)", unit: work == .drain ? .megabytes : .sessions, warmsUp: false,
            runLimit: kind == .giant ? 1 : 3
        ) { workbench in
            let server = try ServerProcess(workbench, kind, accounts: accounts, tls: true)
            return {
                let archive = workbench.newFolder()
                defer { workbench.remove(archive) }
                var sample = try server.run(
                    work, parallel: accounts, archive: archive, memory: mebibytes.map { $0 << 20 })
                if work != .drain { sample.itemCount = accounts }
                return sample
            }
        }
    }
}
