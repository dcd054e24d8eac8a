import Archive
import ArgumentParser
import Platform
import Retrieval

extension ExportFormat: ExpressibleByArgument {}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes messages as ordinary mail files, a folder or file per account.",
        discussion: """
            The messages keep their bytes, CRLF included. With maildir and eml, files that are there already are not \
            written again; the other forms are written whole, in place of an older file.
            """)

    @OptionGroup var options: ArchiveOptions

    @Argument(help: "Where to write; made when missing.", completion: .directory)
    var directory: String

    @Option(name: .long, help: "maildir, eml, mbox, mbox.gz or tar.gz.")
    var format: ExportFormat = .maildir

    @OptionGroup var filter: FilterOptions

    func run() async throws {
        try await reporting {
            let reader = try ArchiveReader(options.layout)
            let outcome = try Export(reader, format, directory: directory).run(filter.filter(reader.catalog))
            Output.write(
                """
                \(Format.count(outcome.messageCount)) messages of \(outcome.accountCount) accounts, \
                \(Format.octets(outcome.octets)), written to \(directory)\
                \(outcome.skippedCount > 0 ? "; \(Format.count(outcome.skippedCount)) were there" : "")

                """)
            guard outcome.failures.isEmpty else {
                for failure in outcome.failures { Terminal.writeToStandardError("mailcask: \(failure)\n") }
                throw ExitStatus.damaged
            }
        }
    }
}
