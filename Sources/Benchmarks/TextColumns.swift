/// Lines of text whose cells stand in columns.
struct TextColumns {
    /// Columns of text stand left, numbers right.
    private let leftColumns: Set<Int>
    private var rows: [[String]]

    init(_ titles: [String], left leftColumns: Set<Int> = [0]) {
        self.leftColumns = leftColumns
        rows = [titles]
    }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    /// The lines, each ended by a line feed.
    func rendered() -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return leftColumns.contains(column) ? row[column] + padding : padding + row[column]
            }
            let line = cells.joined(separator: "  ")
            return line[...(line.lastIndex { $0 != " " } ?? line.startIndex)] + "\n"
        }.joined()
    }
}
