import ArgumentParser
import Platform

/// Measures the few things that decide how fast mailcask is and how much memory it takes. Each figure is the median of
/// several runs over generated mail; children run the parts whose processor time or memory must be their own.
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mailcask-bench",
        abstract: "Measures mailcask on generated mail and prints one table.",
        subcommands: [RunCommand.self, ServeCommand.self, ClientCommand.self],
        defaultSubcommand: RunCommand.self)

    /// Starts the program as mailcask starts, so that children need the memory that mailcask needs.
    static func start() async {
        Signals.ignoreBrokenPipes()
        Process.limitMemoryArenas()
        await main()
    }
}
