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

    /// The most memory that a run takes.
    static let peaks = [
        peak("peak memory, 32 connections, TLS", .mail, accounts: 32),
        peak("peak memory, 256 idle connections, TLS", .idle, accounts: 256),
        peak("peak memory, one message of 1 GB, TLS", .giant, accounts: 1, runLimit: 2),
    ]

    private static func peak(
        _ name: String, _ kind: ServerKind, accounts: Int, runLimit: Int = 3
    ) -> Benchmark {
        Benchmark(
            name: name, unit: kind == .idle ? .sessions : .megabytes, warmsUp: false, runLimit: runLimit
        ) { workbench in
            let server = try ServerProcess(workbench, kind, accounts: accounts, tls: true)
            return {
                let archive = workbench.newFolder()
                defer { workbench.remove(archive) }
                var sample = try server.run(
                    kind == .idle ? .idle : .drain, parallel: accounts, archive: archive)
                if kind == .idle { sample.itemCount = accounts }
                return sample
            }
        }
    }
}
