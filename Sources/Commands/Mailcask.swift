package import ArgumentParser
import Platform

/// Commands promises that arguments go in, and text, JSON and an exit status come out. One command a file.
package struct Mailcask: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "mailcask",
        abstract: "Drains POP3 mailboxes into one deduplicated archive, and reads it back.",
        discussion: """
            A manifest lists the accounts; see mailcask-manifest(5). An archive needs no mailcask to be read: its \
            RECOVER.txt says how. Exit statuses are listed in mailcask(1).
            """,
        version: "0.1.0",
        subcommands: [
            ImportCommand.self, CheckCommand.self, LoginCommand.self, DrainCommand.self, StatusCommand.self,
            ListCommand.self, SearchCommand.self, ShowCommand.self, ExportCommand.self, VerifyCommand.self,
            RepairCommand.self, ReindexCommand.self, RepackCommand.self, ReconcileCommand.self,
        ])

    package init() {}

    /// Starts the program; called once, before any thread is started.
    package static func start() async {
        Signals.ignoreBrokenPipes()
        OpenFileLimit.raise()
        Process.limitMemoryArenas()
        Process.keepFilesPrivate()
        await main()
    }
}
