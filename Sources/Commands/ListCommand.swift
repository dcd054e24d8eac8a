import Archive
import ArgumentParser
import Catalog

struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the messages of an archive, account by account.")

    @OptionGroup var options: ArchiveOptions
    @OptionGroup var filter: FilterOptions

    @OptionGroup var listing: ListingOptions

    func run() async throws {
        try await reporting {
            try ArchiveFolder.check(options.layout)
            let catalog = try Catalog(options.layout, .read)
            _ = try MessageLines(json: listing.json).write(catalog, filter.filter(catalog), limit: listing.limit)
        }
    }
}
