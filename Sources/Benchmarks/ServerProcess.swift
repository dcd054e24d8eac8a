/// A simulated server in a process of its own, and the clients that are set on it. It ends when it is let go.
final class ServerProcess {
    private let child: ChildProcess
    private let port: UInt16
    private let caFile: String?
    private let accounts: Int

    init(_ workbench: Workbench, _ kind: ServerKind, accounts: Int, tls: Bool) throws {
        self.accounts = accounts
        caFile = tls ? workbench.newFolder() + ".pem" : nil
        child = try ChildProcess(
            [
                "serve", "--kind", kind.rawValue, "--accounts", "\(accounts)", "--seed", "\(workbench.seed)",
                "--megabytes", "\(workbench.byteCount / 1_000_000)",
            ] + (caFile.map { ["--ca-file", $0] } ?? []))
        guard let port = UInt16(try child.line()) else { throw BenchmarkError("the server tells no port") }
        self.port = port
    }

    deinit { try? child.finish() }

    /// Runs a client to its end.
    func run(
        _ work: ClientCommand.Work, parallel: Int, archive: String, memory: Int? = nil
    ) throws -> Sample {
        let serverCPU = child.cpuSeconds
        let client = try ChildProcess(
            [
                "client", "--work", work.rawValue, "--port", "\(port)", "--accounts", "\(accounts)", "--parallel",
                "\(parallel)", "--archive", archive,
            ] + (caFile.map { ["--ca-file", $0] } ?? []) + (memory.map { ["--memory", "\($0)"] } ?? []))
        let report = try ClientReport(jsonLine: try client.line())
        try client.finish()
        return Sample(
            wallSeconds: report.wallSeconds, cpuSeconds: report.cpuSeconds, byteCount: Int(report.octets),
            itemCount: report.messageCount,
            notes: [
                ("peak MB", Double(report.peakByteCount) / 1e6), ("client CPU s", report.cpuSeconds),
                ("server CPU s", child.cpuSeconds - serverCPU),
            ])
    }
}
