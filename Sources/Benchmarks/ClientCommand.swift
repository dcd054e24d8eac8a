import ArgumentParser
import Drain
import Foundation
import Manifest
import Platform

struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Drains a server of `serve` and prints what it took as JSON.")

    /// What is done with the accounts.
    enum Work: String, CaseIterable, ExpressibleByArgument {
        /// A run of the job, to its end.
        case drain
        /// A run of the job until every account waits for the reply to STAT.
        case idle
        /// The same until every account waits for its first message.
        case listed
        /// Login, STAT, UIDL and QUIT, and nothing else.
        case bare
        /// The manifest is read, and nothing else.
        case manifest
    }

    @Option(name: .long, help: "One of \(Work.allCases.map(\.rawValue)).")
    var work = Work.drain

    @Option(name: .long) var port: UInt16
    @Option(name: .long, help: "The server's authority; without it the connection is in the clear.")
    var caFile: String?
    @Option(name: .long) var accounts: Int
    @Option(name: .long, help: "Sessions at the same time.") var parallel: Int
    @Option(name: .long, help: "The manifest's `memory`, in bytes.") var memory: Int?
    @Option(name: .long, help: "The archive's folder.") var archive: String

    func run() async throws {
        let text = ClientManifest(self)
        let stopwatch = ClientStopwatch()
        let manifest = try text.parsed()
        var report: RunReport?
        switch work {
        case .drain:
            let job = Job(manifest, accounts: manifest.accounts, stop: StopControl(), observer: Silence())
            report = try await job.run()
        case .idle: try await idle(manifest, in: .listing)
        case .listed: try await idle(manifest, in: .receiving)
        case .bare: try BareSession.runAll(manifest.accounts, parallel: parallel)
        case .manifest: break
        }
        if let report, !report.isComplete {
            throw ValidationError("the drain is incomplete: \(report.accounts.compactMap(\.failure))")
        }
        print(try stopwatch.report(report).jsonLine())
        fflush(nil)
        // Idle sessions would wait for their time-outs.
        if work == .idle || work == .listed { Process.exitNow(0) }
    }

    private func idle(_ manifest: Manifest, in phase: AccountProgress.Phase) async throws {
        let progress = ProgressList()
        let job = Job(manifest, accounts: manifest.accounts, stop: StopControl(), observer: progress)
        let task = Task { try await job.run() }
        while !progress.allWait(accounts, in: phase) {
            guard progress.failure == nil else { throw ValidationError("no idle session: \(progress.failure!)") }
            try await Task.sleep(for: .milliseconds(20))
        }
        try await Task.sleep(for: .milliseconds(500))
        withExtendedLifetime(task) {}
    }
}
