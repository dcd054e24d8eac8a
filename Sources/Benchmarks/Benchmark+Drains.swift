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
        Benchmark(name: "second run, 40 accounts, TLS", unit: .sessions) { workbench in
            let accounts = 40
            let server = try ServerProcess(workbench, .small, accounts: accounts, tls: true)
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
                ]
                return sample
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
