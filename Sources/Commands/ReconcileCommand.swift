import ArgumentParser
import Drain
import Manifest

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract: "Compares what the servers list with what the archive holds.",
        discussion: """
            Per account: messages in both, only on the server, only in the archive; a share of those in both is fetched \
            and compared byte by byte. Writes and deletes nothing. Ends with 65 when bytes differ, and with 75 when \
            something is on a server only, or is not given to be compared.
            """)

    @OptionGroup var options: ManifestOptions

    @Option(name: .long, help: "The share of the messages in both to fetch and compare, such as 100%.")
    var sample = Share(value: 0.01)

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    private struct Line: Encodable {
        var account: String
        var listed: Int?
        var inBoth: Int?
        var onlyOnServer: Int?
        var onlyInArchive: Int?
        var compared: Int?
        var differing: [String]?
        var refused: [String]?
        var error: String?
    }

    func run() async throws {
        try await reporting {
            let (manifest, accounts) = try options.load()
            let reports = try await Reconciliation(manifest, accounts: accounts, sample: sample.value).run()
            if json {
                for report in reports { JSONLine.write(Self.line(report)) }
            } else {
                Output.write(Self.table(reports))
            }
            if reports.contains(where: { $0.finding?.differing.isEmpty == false }) { throw ExitStatus.damaged }
            try ExitStatus.throwIfAny(of: reports.compactMap(\.failure))
            let findings = reports.compactMap(\.finding)
            if findings.contains(where: { $0.onlyOnServer > 0 || !$0.refused.isEmpty }) { throw ExitStatus.retry }
        }
    }

    private static func line(_ report: ReconciliationReport) -> Line {
        var line = Line(account: report.account)
        line.error = report.failure.map { "\($0)" }
        guard let finding = report.finding else { return line }
        (line.listed, line.inBoth) = (finding.listed, finding.inBoth)
        (line.onlyOnServer, line.onlyInArchive) = (finding.onlyOnServer, finding.onlyInArchive)
        (line.compared, line.differing, line.refused) = (finding.compared, finding.differing, finding.refused)
        return line
    }

    private static func table(_ reports: [ReconciliationReport]) -> String {
        var table = TextTable([
            ("account", .left), ("listed", .right), ("in both", .right), ("only on server", .right),
            ("only in archive", .right), ("compared", .right), ("differing", .right),
        ])
        for report in reports {
            guard let finding = report.finding else {
                table.add([report.account.fitted(to: 40), "failed", "", "", "", "", ""])
                continue
            }
            table.add([
                report.account.fitted(to: 40), Format.count(finding.listed), Format.count(finding.inBoth),
                Format.count(finding.onlyOnServer), Format.count(finding.onlyInArchive),
                Format.count(finding.compared), Format.count(finding.differing.count),
            ])
        }
        let differing = reports.flatMap { report in
            (report.finding?.differing ?? []).map { "\(report.account): \($0) has other bytes on the server\n" }
        }
        let refused = reports.flatMap { report in
            (report.finding?.refused ?? []).map { "\(report.account): the server does not give \($0)\n" }
        }
        let words = differing + refused
        return table.rendered() + (words.isEmpty ? "" : "\n" + words.joined())
            + Output.failures(reports.map { ($0.account, $0.failure) })
    }
}
