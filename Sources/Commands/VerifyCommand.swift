import Archive
import ArgumentParser
import Platform
import Retrieval

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves that every message comes back as it was received.",
        discussion: """
            Sealed files are compared with manifest-sha256.txt, every record with the next one, every member is inflated \
            and every part compared with its name, and every message is rebuilt and compared with its SHA-256. Ends \
            with 65 when something is damaged: see repair.
            """)

    @OptionGroup var options: ArchiveOptions

    @Option(name: .long, help: "Only a random share of the messages, such as 5%; files are then not read whole.")
    var sample: Share = Share(value: 1)

    func run() async throws {
        try await reporting {
            let outcome = try Verification(options.layout).run(sample: sample.value)
            Output.write(
                """
                \(Format.count(outcome.messageCount)) messages of \(Format.octets(outcome.octets)) rebuilt, \
                \(Format.count(outcome.entryCount)) entries read, \(outcome.sealedFileCount) sealed files compared: \
                \(outcome.damages.isEmpty ? "all is well" : "\(outcome.damages.count) damages")

                """)
            for known in outcome.known { Output.write("\(known)\n") }
            guard outcome.damages.isEmpty else {
                for damage in outcome.damages { Terminal.writeToStandardError("mailcask: \(damage)\n") }
                Terminal.writeToStandardError(
                    "mailcask: `mailcask repair \(options.layout.root)` writes again what has a good copy anywhere, and "
                        + "lets the next drain fetch the rest\n")
                throw ExitStatus.damaged
            }
        }
    }
}

/// A percentage: `5%` or `5`, above 0 and up to 100.
struct Share: ExpressibleByArgument, CustomStringConvertible {
    /// Up to 1.
    let value: Double

    init(value: Double) { self.value = value }

    init?(argument: String) {
        let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let percent = Double(digits), percent > 0, percent <= 100 else { return nil }
        value = percent / 100
    }

    var description: String { "\(Format.fixed(value * 100, 0))%" }
}
