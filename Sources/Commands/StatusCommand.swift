import Archive
import ArgumentParser
import Catalog
import POP
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
        var quarantined: [QuarantineLine]?
        var unconfirmedDeletions: Int?
    }

    private struct QuarantineLine: Encodable {
        var uniqueID: String
        var runs: Int
        var first: String
        var reason: String
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
            Output.write(Self.table(accounts) + Self.quarantine(accounts) + Self.summary(try catalog.totals()))
        }
    }

    private static func line(_ account: AccountStatus) -> AccountLine {
        AccountLine(
            account: account.name, host: account.host, user: account.user, messages: account.messageCount,
            octets: account.octets, checkpoints: account.checkpointCount, lastRun: account.lastRun,
            lastRunStarted: account.lastRunStarted.map(WallClock.timestamp), lastResult: account.lastResult,
            quarantined: account.quarantined.isEmpty ? nil : account.quarantined.map(Self.line),
            unconfirmedDeletions: account.unconfirmedDeletionCount == 0 ? nil : account.unconfirmedDeletionCount)
    }

    private static func line(_ message: QuarantinedMessage) -> QuarantineLine {
        QuarantineLine(
            uniqueID: "\(UniqueID(message.uniqueID))", runs: message.runCount,
            first: WallClock.timestamp(message.first), reason: message.reason)
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

    /// Nothing where no message is in quarantine.
    private static func quarantine(_ accounts: [AccountStatus]) -> String {
        guard accounts.contains(where: { !$0.quarantined.isEmpty }) else { return "" }
        var table = TextTable([
            ("quarantined", .left), ("unique-id", .left), ("runs", .right), ("since", .left), ("reason", .left),
        ])
        for account in accounts {
            for message in account.quarantined {
                table.add([
                    account.name.fitted(to: 40), "\(UniqueID(message.uniqueID))".fitted(to: 40),
                    Format.count(message.runCount), WallClock.timestamp(message.first), message.reason.fitted(to: 80),
                ])
            }
        }
        return "\n" + table.rendered()
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
