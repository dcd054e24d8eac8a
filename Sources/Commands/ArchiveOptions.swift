import Archive
import ArgumentParser
import Catalog

/// The archive to read.
struct ArchiveOptions: ParsableArguments {
    @Argument(help: "The archive's folder.", completion: .directory)
    var archive: String

    var layout: ArchiveLayout { ArchiveLayout(root: archive) }
}

/// Which messages are meant.
struct FilterOptions: ParsableArguments {
    @Option(name: .long, help: "Only this account; may be given several times.")
    var account: [String] = []

    @Option(name: .long, help: "Words that the header must hold; a trailing * matches beginnings.")
    var query: String?

    @Option(name: .long, help: "Words of the From field.")
    var from: String?

    @Option(name: .long, help: "Words of the To or Cc field.")
    var to: String?

    @Option(name: .long, help: "Words of the Subject field.")
    var subject: String?

    @Option(name: .long, help: "Received on this day or later: YYYY-MM-DD, in UTC.")
    var since: Day?

    @Option(name: .long, help: "Received before this day: YYYY-MM-DD, in UTC.")
    var before: Day?

    /// - Throws: `ArchiveError.missing` for an account that the archive does not know.
    func filter(_ catalog: Catalog) throws -> MessageFilter {
        let known = Set(try catalog.accountStatuses().map(\.name))
        for name in account where !known.contains(name) {
            throw ArchiveError(.missing, catalog.layout.root, "the archive holds no account named \"\(name)\"")
        }
        var filter = MessageFilter()
        filter.accounts = account
        filter.words = query.map { [$0] } ?? []
        filter.from = from
        filter.to = to
        filter.subject = subject
        filter.since = since?.seconds
        filter.before = before?.seconds
        return filter
    }
}

/// How many messages are listed, and how.
struct ListingOptions: ParsableArguments {
    @Option(name: .long, help: "At most so many messages.")
    var limit: Int?

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit takes a number from 1") }
    }
}

/// A day of the Gregorian calendar in UTC, as `YYYY-MM-DD`.
struct Day: ExpressibleByArgument {
    /// Its beginning, in seconds since 1970.
    let seconds: Int64

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, let year = Int64(parts[0]), let month = Int64(parts[1]),
            let day = Int64(parts[2]), (1...12).contains(month), (1...Self.days(month, year)).contains(day)
        else { return nil }
        // Days since 1970-01-01, by the civil calendar with years that begin in March.
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        seconds = (era * 146_097 + dayOfEra - 719_468) * 86_400
    }

    private static func days(_ month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
