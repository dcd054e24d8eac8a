import Archive
import Drain

/// The end of a run as text: a line per account, the totals, and the remedies.
struct RunTable {
    private let report: RunReport

    init(_ report: RunReport) { self.report = report }

    func rendered() -> String {
        var table = TextTable([
            ("account", .left), ("listed", .right), ("had", .right), ("new", .right), ("duplicates", .right),
            ("failed", .right), ("received", .right), ("saved", .right), ("time", .right),
        ])
        var total = GroupRecord.Result(account: "total")
        for account in report.accounts {
            let result = account.result
            table.add(Self.row(result, name: result.account.fitted(to: 40), seconds: result.seconds))
            total.add(result)
        }
        if report.accounts.count != 1 { table.add(Self.row(total, name: "total", seconds: report.seconds)) }
        return table.rendered() + Self.remedies(report)
    }

    private static func row(_ result: GroupRecord.Result, name: String, seconds: Double) -> [String] {
        [
            name, Format.count(result.listed), Format.count(result.alreadyArchived), Format.count(result.archived),
            Format.count(result.duplicates), Format.count(result.failed), Format.octets(result.octets),
            Format.octets(result.savedOctets), Format.duration(seconds),
        ]
    }

    /// What is not as it should be, a line each.
    static func remedies(_ report: RunReport) -> String {
        var lines: [String] = []
        for account in report.accounts {
            if let failure = account.failure {
                lines.append("\(account.account): \(failure)")
            } else if account.result.failed > 0 {
                lines.append(
                    "\(account.account): \(account.result.failed) messages could not be had; the next run tries again")
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

extension GroupRecord.Result {
    mutating func add(_ other: GroupRecord.Result) {
        listed += other.listed
        alreadyArchived += other.alreadyArchived
        archived += other.archived
        duplicates += other.duplicates
        failed += other.failed
        octets += other.octets
        savedOctets += other.savedOctets
    }
}
