import Drain
import Manifest

/// `drain --dry-run`: a line per account of what would be fetched and deleted.
struct PreviewOutput {
    private let options: ManifestOptions
    private let json: Bool

    init(_ options: ManifestOptions, json: Bool) {
        self.options = options
        self.json = json
    }

    private struct Line: Encodable {
        var account: String
        var listed: Int?
        var alreadyArchived: Int?
        var toFetch: Int?
        var octets: UInt64?
        var toDelete: Int?
        var error: String?
    }

    /// - Throws: `ExitStatus` as a drain would end.
    func run() async throws {
        let (manifest, accounts) = try options.load()
        let reports = try await Preview(manifest, accounts: accounts).run()
        if json {
            for report in reports { JSONLine.write(Self.line(report)) }
        } else {
            Output.write(Self.table(reports))
        }
        try ExitStatus.throwIfAny(of: reports.compactMap(\.failure))
    }

    private static func line(_ report: PreviewReport) -> Line {
        var line = Line(account: report.account)
        line.error = report.failure.map { "\($0)" }
        guard let finding = report.finding else { return line }
        (line.listed, line.alreadyArchived) = (finding.listed, finding.alreadyArchived)
        (line.toFetch, line.octets, line.toDelete) = (finding.toFetch, finding.octets, finding.toDelete)
        return line
    }

    private static func table(_ reports: [PreviewReport]) -> String {
        var table = TextTable([
            ("account", .left), ("listed", .right), ("had", .right), ("to fetch", .right), ("octets", .right),
            ("to delete", .right),
        ])
        for report in reports {
            guard let finding = report.finding else {
                table.add([report.account.fitted(to: 40), "failed", "", "", "", ""])
                continue
            }
            table.add([
                report.account.fitted(to: 40), Format.count(finding.listed), Format.count(finding.alreadyArchived),
                Format.count(finding.toFetch), Format.octets(finding.octets), Format.count(finding.toDelete),
            ])
        }
        return table.rendered() + Output.failures(reports.map { ($0.account, $0.failure) })
    }
}
