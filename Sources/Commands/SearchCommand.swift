import Archive
import ArgumentParser
import Catalog
import Platform

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Finds messages by words of their From, To, Cc and Subject fields, and by date.",
        discussion: "All words must be there, whatever their case and accents. Ends with 66 when nothing is found.")

    @OptionGroup var options: ArchiveOptions

    @Argument(help: "Words in any of the fields; a trailing * matches beginnings.")
    var words: [String] = []

    @OptionGroup var filter: FilterOptions

    @OptionGroup var listing: ListingOptions

    func run() async throws {
        try await reporting {
            try ArchiveFolder.check(options.layout)
            let catalog = try Catalog(options.layout, .read)
            var wanted = try filter.filter(catalog)
            wanted.words += words
            if try MessageLines(json: listing.json).write(catalog, wanted, limit: listing.limit) == 0 {
                Terminal.writeToStandardError("mailcask: nothing found\n")
                throw ExitStatus.notFound
            }
        }
    }
}
