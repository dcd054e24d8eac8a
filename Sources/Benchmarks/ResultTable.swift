import Foundation

/// The summaries as one table of text.
struct ResultTable {
    private static let titles = ["measurement", "median", "least", "most", "", "CPU s/GB", "MB", "besides"]
    /// Columns of text stand left, numbers right.
    private static let leftColumns: Set<Int> = [0, 4, 7]

    private var rows = [titles]

    mutating func add(_ summary: Summary) {
        rows.append([
            summary.name, Self.number(summary.rate.median), Self.number(summary.rate.least),
            Self.number(summary.rate.most), summary.unit.rawValue,
            summary.cpuSecondsPerGB.map(Self.number) ?? "",
            summary.byteCount > 0 ? "\(summary.byteCount / 1_000_000)" : "",
            summary.notes.map { "\($0.name) \(Self.number($0.value))" }.joined(separator: ", "),
        ])
    }

    /// The lines, each ended by a line feed.
    func rendered() -> String {
        let widths = Self.titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return Self.leftColumns.contains(column) ? row[column] + padding : padding + row[column]
            }
            let line = cells.joined(separator: "  ")
            return line[...(line.lastIndex { $0 != " " } ?? line.startIndex)] + "\n"
        }.joined()
    }

    /// Three or more significant digits.
    private static func number(_ value: Double) -> String {
        let digits = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        return String(format: "%.\(digits)f", value)
    }
}
