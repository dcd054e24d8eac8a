import Archive
import ArgumentParser
import Drain
import Platform

struct RepairCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Writes what is damaged again from other copies, and lets the rest be fetched again.",
        discussion: """
            Looks for good bytes in the whole archive and in what --from names. Damaged files are set aside in the folder \
            damaged, after all that is needed of them was written into new volumes. What no copy is left of is \
            forgotten, so that the next drain fetches it from its server, and the command ends with 65.
            """)

    @OptionGroup var options: ArchiveOptions

    @Option(
        name: .long, parsing: .upToNextOption,
        help: "Other archives, volumes and messages (eml) to take good bytes from.", completion: .file())
    var from: [String] = []

    func run() async throws {
        try await reporting {
            let outcome = try await Repair(options.layout, sources: from).run { Output.write("\($0)\n") }
            for notice in outcome.notices { Output.write("\(notice)\n") }
            for (file, copy) in outcome.putBack { Output.write("\(file): put back from \(copy)\n") }
            for (file, reason) in outcome.setAside { Output.write("\(file): set aside: \(reason)\n") }
            for message in outcome.repaired { Output.write("repaired: \(message)\n") }
            Output.write(Self.summary(outcome))
            guard outcome.lost.isEmpty else {
                for message in outcome.lost { Terminal.writeToStandardError("mailcask: lost: \(message)\n") }
                Terminal.writeToStandardError(
                    "mailcask: what is lost was forgotten: the next drain fetches it again, where the server has it\n")
                throw ExitStatus.damaged
            }
        }
    }

    private static func summary(_ outcome: Repair.Outcome) -> String {
        if outcome.isNothing { return "nothing to repair\n" }
        let gaps = outcome.knownGapCount
        return """
            \(Format.count(outcome.repaired.count, "message")) repaired, \(Format.count(outcome.lost.count)) lost, \
            \(Format.count(outcome.rewrittenCount)) undamaged ones written again\
            \(gaps > 0 ? "; \(Format.count(gaps, "gap")) between records noted" : "")

            """
    }
}
