import Archive
import ArgumentParser
import Drain
import Platform

struct RepackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repack",
        abstract: "Compresses the sealed volumes otherwise, without changing what is in them.",
        discussion: """
            Each volume is compared with its SHA-256, written beside the old one, and read back before it takes its place; \
            so there has to be room for one more volume. Can be stopped at any time: what is done stays, and the next \
            time goes on behind it. Ends with 65 when a volume is damaged: see repair.
            """)

    @OptionGroup var options: ArchiveOptions

    @Option(name: .long, help: "How hard: fast, balanced or small.")
    var compression: Compression

    func run() async throws {
        let stop = StopControl()
        let signal = SignalCount()
        Signals.onTermination { request in
            if signal.isSecond(request) { Process.exitNow(request.exitStatus) }
            Terminal.writeToStandardError("\nmailcask: stopping; the volume under way stays as it was\n")
            stop.request()
        }
        try await reporting {
            let outcome = try Repack(options.layout, compression, stop: stop).run { Output.write("\($0)\n") }
            for notice in outcome.notices { Output.write("\(notice)\n") }
            Output.write(Self.summary(outcome))
            guard outcome.damages.isEmpty else {
                for damage in outcome.damages { Terminal.writeToStandardError("mailcask: \(damage)\n") }
                Terminal.writeToStandardError(
                    "mailcask: what is damaged was left as it is: see `mailcask repair \(options.layout.root)`\n")
                throw ExitStatus.damaged
            }
            if let request = signal.first, outcome.isStopped { throw ExitCode(request.exitStatus) }
        }
    }

    private static func summary(_ outcome: Repack.Outcome) -> String {
        let ending = outcome.isStopped ? "; stopped before all was done" : ""
        guard outcome.fileCount > 0 else { return "nothing was compressed otherwise\(ending)\n" }
        return """
            \(Format.count(outcome.fileCount, "volume")): \(Format.octets(outcome.oldOctets)) became \
            \(Format.octets(outcome.newOctets))\(ending)

            """
    }
}

extension Compression: ExpressibleByArgument {}
