import Archive
import ArgumentParser
import Catalog

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the messages of an archive, account by account.")

    @OptionGroup var options: ArchiveOptions
    @OptionGroup var filter: FilterOptions

    @Option(name: .long, help: "At most so many messages.")
    var limit: Int?

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
    }

    func run() async throws {
        try await reporting {
            try ArchiveFolder.check(options.layout)
            let catalog = try Catalog(options.layout, .read)
            _ = try MessageLines(json: json).write(catalog, filter.filter(catalog), limit: limit)
        }
    }
}
