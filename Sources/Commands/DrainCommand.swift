import ArgumentParser
import Drain
import Platform

struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Archives what is new in the accounts of a manifest.",
        discussion: """
            Can be stopped and run again at any time: it goes on where it was. The first SIGINT or SIGTERM lets the \
            message under way finish and commits; a second one stops at once. Neither loses anything.
            """)

    @OptionGroup var options: ManifestOptions

    @Flag(name: .long, help: "One JSON object a line on standard output instead of text.")
    var json = false

    @Flag(name: .long, help: "No progress and no table; only failures are told.")
    var quiet = false

    @Flag(name: .long, help: "Shows what would be fetched and deleted, and does nothing.")
    var dryRun = false

    func run() async throws {
        if dryRun { return try await reporting { try await PreviewOutput(options, json: json).run() } }
        let stop = StopControl()
        let signal = SignalCount()
        Signals.onTermination { request in
            if signal.isSecond(request) { Process.exitNow(request.exitStatus) }
            Terminal.writeToStandardError(
                "\nmailcask: stopping after the messages under way; once more stops at once\n")
            stop.request()
        }
        try await reporting {
            let (manifest, accounts) = try options.load()
            let observer = observer()
            let report = try await Job(manifest, accounts: accounts, stop: stop, observer: observer).run()
            if let request = signal.first, !report.isComplete, report.fatal == nil {
                throw ExitCode(request.exitStatus)
            }
            let status = ExitStatus(report)
            if status != .done { throw status }
        }
    }

    private func observer() -> any DrainObserver {
        if json { return JSONObserver() }
        if quiet { return LogObserver(isQuiet: true) }
        return Terminal.isStandardErrorTerminal ? LiveDisplay() : LogObserver(isQuiet: false)
    }
}
