import ArgumentParser
import Glibc
import Platform

/// Measures the few things that decide how fast mailcask is and how much memory it takes. Each figure is the median of
/// several runs over generated mail; children run the parts whose processor time or memory must be their own.
struct BenchmarkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailcask-bench",
        abstract: "Measures mailcask on generated mail and prints one table.",
        subcommands: [RunCommand.self, GrowCommand.self, ServeCommand.self, ClientCommand.self],
        defaultSubcommand: RunCommand.self)

    /// Starts the program as mailcask starts, so that children need the memory that mailcask needs.
    ///
    /// A command that waits for nothing runs without the threads of Swift's runtime, at which valgrind 3.19 ends.
    static func start() -> Never {
        Signals.ignoreBrokenPipes()
        Process.limitMemoryArenas()
        do {
            var command = try parseAsRoot()
            if let waiting = command as? any AsyncParsableCommand { run(waiting) }
            try command.run()
            exit()
        } catch {
            exit(withError: error)
        }
    }

    private static func run(_ command: sending any AsyncParsableCommand) -> Never {
        Task {
            var command = command
            do {
                try await command.run()
                exit()
            } catch {
                exit(withError: error)
            }
        }
        while true { pause() }
    }
}
