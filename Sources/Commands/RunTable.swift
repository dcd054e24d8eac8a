import Archive
import Drain

/// The end of a run as text: a line per account, the totals, and the remedies.
struct RunTable {
    private let report: RunReport

    init(_ report: RunReport) { self.report = report }

    func rendered() -> String {
        var total = GroupRecord.Result(account: "total")
        for account in report.accounts { total.add(account.result) }
        total.seconds = report.seconds
        let columns = Self.columns.filter { $0.isAlwaysShown || $0.isShown(total) }
        var table = TextTable([("account", .left)] + columns.map { ($0.title, .right) })
        for account in report.accounts { table.add(Self.row(account.result, columns)) }
        if report.accounts.count != 1 { table.add(Self.row(total, columns)) }
        return table.rendered() + Self.remedies(report)
    }

    /// A column of numbers; some are there only when they have something to say.
    private struct Column: Sendable {
        let title: String
        var isAlwaysShown = true
        var isShown: @Sendable (GroupRecord.Result) -> Bool = { _ in false }
        let text: @Sendable (GroupRecord.Result) -> String

        static func count(
            _ title: String, _ field: @escaping @Sendable (GroupRecord.Result) -> Int, isRare: Bool = false
        ) -> Column {
            Column(title: title, isAlwaysShown: !isRare, isShown: { field($0) > 0 }, text: { Format.count(field($0)) })
        }
    }

    private static let columns: [Column] = [
        .count("listed", { $0.listed }), .count("had", { $0.alreadyArchived }),
        .count("mapped", { $0.mapped }, isRare: true), .count("new", { $0.archived }),
        .count("duplicates", { $0.duplicates }), .count("quarantined", { $0.quarantined }), .count("left", { $0.left }),
        .count("deleted", { $0.deleted }, isRare: true),
        Column(title: "received") { Format.octets($0.octets) },
        Column(title: "saved") { Format.octets($0.savedOctets) },
        Column(title: "time") { Format.duration($0.seconds) },
    ]

    private static func row(_ result: GroupRecord.Result, _ columns: [Column]) -> [String] {
        [result.account.fitted(to: 40)] + columns.map { $0.text(result) }
    }

    /// What is not as it should be, a line each.
    static func remedies(_ report: RunReport) -> String {
        var lines: [String] = []
        for account in report.accounts {
            if let failure = account.failure {
                lines.append("\(account.account): \(failure)")
            } else if account.result.missing > 0 {
                lines.append(
                    "\(account.account): \(account.result.missing) messages could not be had; the next run tries again")
            }
        }
        if !report.notStarted.isEmpty {
            lines.append("not begun: \(report.notStarted.count) accounts; run again to go on")
        }
        lines += report.damages.map { "damaged: \($0)" }
        if let fatal = report.fatal { lines.append("the run was ended: \(fatal)") }
        return lines.isEmpty ? "" : "\n" + lines.map { $0 + "\n" }.joined()
    }
}
