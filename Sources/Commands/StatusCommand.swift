import Archive
import ArgumentParser
import Catalog
import Platform

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows what an archive holds and how the last run of each account ended.")

    @OptionGroup var options: ArchiveOptions

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    private struct AccountLine: Encodable {
        var account: String
        var host: String
        var user: String
        var messages: Int
        var octets: UInt64
        var checkpoints: Int
        var lastRun: String?
        var lastRunStarted: String?
        var lastResult: GroupRecord.Result?
    }

    func run() async throws {
        try await reporting {
            try ArchiveFolder.check(options.layout)
            let catalog = try Catalog(options.layout, .read)
            let accounts = try catalog.accountStatuses()
            if json {
                for account in accounts { JSONLine.write(Self.line(account)) }
                return
            }
            Output.write(Self.table(accounts) + Self.summary(try catalog.totals()))
        }
    }

    private static func line(_ account: AccountStatus) -> AccountLine {
        AccountLine(
            account: account.name, host: account.host, user: account.user, messages: account.messageCount,
            octets: account.octets, checkpoints: account.checkpointCount, lastRun: account.lastRun,
            lastRunStarted: account.lastRunStarted.map(WallClock.timestamp), lastResult: account.lastResult)
    }

    private static func table(_ accounts: [AccountStatus]) -> String {
        var table = TextTable([
            ("account", .left), ("host", .left), ("messages", .right), ("octets", .right), ("checkpoints", .right),
            ("last run", .left), ("ended", .left),
        ])
        for account in accounts {
            let ended =
                switch account.lastResult {
                case nil: "never ran"
                case let result? where result.error != nil: result.error!.fitted(to: 60)
                case let result? where result.missing > 0: "\(result.missing) messages could not be had"
                default: "complete"
                }
            table.add([
                account.name.fitted(to: 40), account.host.fitted(to: 40), Format.count(account.messageCount),
                Format.octets(account.octets), Format.count(account.checkpointCount),
                account.lastRunStarted.map(WallClock.timestamp) ?? "", ended,
            ])
        }
        return table.rendered()
    }

    private static func summary(_ totals: ArchiveTotals) -> String {
        """

        \(Format.count(totals.messageCount)) distinct messages of \(Format.octets(totals.octets)) in \
        \(Format.count(totals.segmentCount)) segments of \(Format.octets(totals.segmentOctets)); \
        \(Format.octets(totals.fileBytes)) on disk in \(Format.count(totals.fileCount)) files; \
        \(Format.count(totals.runCount)) runs

        """
    }
}
