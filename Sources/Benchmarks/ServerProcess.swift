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

    /// The note that tells a client's memory.
    static let peakNote = "peak MB"

    deinit { try? child.finish() }

    /// Runs a client to its end.
    func run(
        _ work: ClientCommand.Work, parallel: Int, archive: String, memory: Int? = nil
    ) throws -> Sample {
        let serverCPU = child.cpuSeconds
        let report = try Self.report(
            work, port: port, accounts: accounts, parallel: parallel, archive: archive, caFile: caFile, memory: memory)
        return Sample(
            wallSeconds: report.wallSeconds, cpuSeconds: report.cpuSeconds, byteCount: Int(report.octets),
            itemCount: report.messageCount,
            notes: [
                (Self.peakNote, Double(report.peakByteCount) / 1e6), ("client CPU s", report.cpuSeconds),
                ("server CPU s", child.cpuSeconds - serverCPU),
            ])
    }

    /// What a client in a process of its own tells of its work.
    static func report(
        _ work: ClientCommand.Work, port: UInt16, accounts: Int, parallel: Int, archive: String, caFile: String?,
        memory: Int? = nil
    ) throws -> ClientReport {
        let client = try ChildProcess(
            [
                "client", "--work", work.rawValue, "--port", "\(port)", "--accounts", "\(accounts)", "--parallel",
                "\(parallel)", "--archive", archive,
            ] + (caFile.map { ["--ca-file", $0] } ?? []) + (memory.map { ["--memory", "\($0)"] } ?? []))
        let report = try ClientReport(jsonLine: try client.line())
        try client.finish()
        return report
    }
}
