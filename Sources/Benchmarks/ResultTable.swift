import Foundation

/// The summaries as one table of text.
struct ResultTable {
    private var columns = TextColumns(
        ["measurement", "median", "least", "most", "", "CPU s/GB", "MB", "besides"], left: [0, 4, 7])

    mutating func add(_ summary: Summary) {
        columns.add([
            summary.name, Self.number(summary.rate.median), Self.number(summary.rate.least),
            Self.number(summary.rate.most), summary.unit.rawValue,
            summary.cpuSecondsPerGB.map(Self.number) ?? "",
            summary.byteCount > 0 ? "\(summary.byteCount / 1_000_000)" : "",
            summary.notes.map { "\($0.name) \(Self.number($0.value))" }.joined(separator: ", "),
        ])
    }

    /// The lines, each ended by a line feed.
    func rendered() -> String { columns.rendered() }

    /// Three or more significant digits.
    static func number(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        return String(format: "%.\(digits)f", value)
    }
}
