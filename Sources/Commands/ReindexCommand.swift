import Archive
import ArgumentParser
import Drain
import Platform

struct ReindexCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Makes the catalogue anew from the volumes alone, checkpoints included.",
        discussion: "The old catalogue stays until the new one is whole. Ends with 65 when a volume is damaged.")

    @OptionGroup var options: ArchiveOptions

    func run() async throws {
        try await reporting {
            let outcome = try Reindex(options.layout).run { Output.write("\($0)\n") }
            Output.write(
                "\(Format.count(outcome.messageCount)) checkpoints in \(Format.count(outcome.groupCount)) groups\n")
            for closing in outcome.closings { Output.write("\(closing)\n") }
            guard outcome.damages.isEmpty else {
                for damage in outcome.damages { Terminal.writeToStandardError("mailcask: \(damage)\n") }
                throw ExitStatus.damaged
            }
        }
    }
}
