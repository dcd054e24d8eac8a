/// `accounts-csv`
extension ManifestChecker {
    /// A column of a CSV file; `nil` for one that no key is named after.
    private typealias Columns = [ManifestKeys.Account?]

    mutating func readCSVFiles(_ entry: Entry) {
        let remedy = "write accounts-csv = \"file.csv\", or a list of them in brackets"
        var nodes = [entry.node]
        let before = complaints.count
        if case .array(let array) = entry.node.content, !array.isOfTables { nodes = array.elements }
        var seen: Set<String> = []
        for (index, node) in nodes.enumerated() {
            guard case .string(let written) = node.content else {
                complaints.error(source, node.span, "accounts-csv is \(node.kind), not a string", remedy: remedy)
                continue
            }
            let item = Entry(key: entry.key, keySpan: entry.keySpan, node: node)
            guard let path = existingFile(item, source) else { continue }
            guard seen.insert(path.value).inserted else {
                complaints.error(path, "the file is listed twice", remedy: "keep one of the two")
                continue
            }
            do {
                let bytes = try files.read(path.value)
                let csv = SourceText(name: paths.displayed(written), order: index + 1, bytes: bytes)
                readCSV(csv, mode: status(of: path.value)?.mode ?? 0)
            } catch {
                complaints.error(
                    path, "\(path.value) cannot be read: \(error.reason)",
                    remedy: "make it readable, or correct the path")
            }
        }
        // Accounts may stand in what could not be read.
        if complaints.count > before { hasAccounts = true }
    }

    private mutating func readCSV(_ csv: SourceText, mode: UInt32) {
        guard isText(csv) else { return }
        var reader = CSVReader(source: csv)
        guard let header = reader.next() else {
            complaints.error(
                csv, 0..<0, "the file has no header row", remedy: "begin it with a row such as host,user,password-file")
            return
        }
        if let failure = reader.failures.first {
            csv.hide(csv.lineRange(csv.lineIndex(of: failure.span.lowerBound)))
            complaints.error(csv, failure.span, failure.message, remedy: failure.remedy)
        }
        guard let columns = readHeader(header, csv) else { return }
        let missing = missingColumns(header, columns, csv)
        var firstLiteral: Located<SecretSource>?
        var failureCount = reader.failures.count
        while let row = reader.next() {
            if reader.failures.count > failureCount {
                failureCount = reader.failures.count
                let failure = reader.failures[failureCount - 1]
                csv.hide(csv.lineRange(csv.lineIndex(of: failure.span.lowerBound)))
                complaints.error(csv, failure.span, failure.message, remedy: failure.remedy)
                continue
            }
            guard isComplete(row, columns, csv) else { continue }
            var fields = readFields(table(row, columns, csv), csv, in: .account)
            fields.meant.formUnion(missing)
            if firstLiteral == nil, case .literal? = fields.secret?.value { firstLiteral = fields.secret }
            settle(fields)
        }
        warnOfMode(mode, literal: firstLiteral)
    }

    /// The columns in their order, or `nil` where the first row is no header at all.
    private mutating func readHeader(_ header: [CSVReader.Field], _ csv: SourceText) -> Columns? {
        guard !header.isEmpty else { return nil }
        let names = header.map { $0.text.drop { $0 == " " }.prefix { $0 != " " } }
        let columns = names.map { ManifestKeys.Account(rawValue: String($0)) }
        guard columns.contains(where: { $0 != nil }) else {
            csv.hide(header[0].span.lowerBound..<header[header.count - 1].span.upperBound)
            complaints.error(
                csv, header[0].span, "the first row has no name of a key in it",
                remedy: "begin the file with a row such as host,user,password-file; commas stand between the names")
            return nil
        }
        // Where the line end after the header is lost, an unknown name is a value, perhaps a password.
        let unknown = zip(header, columns).filter { $1 == nil }.map { $0.0 }
        for field in unknown where ManifestKeys.meant(by: field.text, in: .account) == nil { csv.hide(field.span) }
        var seen: Set<ManifestKeys.Account> = []
        for (field, column) in zip(header, columns) {
            if let column, !seen.insert(column).inserted {
                complaints.error(
                    csv, field.span, "the column \(column.rawValue) stands twice", remedy: "keep one of the two")
            } else if column == nil, ManifestKeys.meant(by: field.text, in: .account) == nil {
                complaints.error(
                    csv, field.span, "this column has no name of a key",
                    remedy: ManifestKeys.remedy(forUnknown: "", in: .account))
            } else if column == nil {
                complaints.error(
                    csv, field.span, "there is no key \"\(field.text)\" for a column",
                    remedy: ManifestKeys.remedy(forUnknown: field.text, in: .account))
            }
        }
        return columns
    }

    /// The keys that every row lacks because no column is named after them, or only a misspelt one. It is said once, of
    /// the header, not of each row.
    private mutating func missingColumns(
        _ header: [CSVReader.Field], _ columns: Columns, _ csv: SourceText
    ) -> Set<ManifestKeys.Account> {
        let named = Set(columns.compactMap { $0 })
        let misspelt = zip(header, columns).filter { $1 == nil }
            .compactMap { ManifestKeys.meant(by: $0.0.text, in: .account).flatMap(ManifestKeys.Account.init) }
        var missing = Set(misspelt)
        let present = named.union(missing)
        let place = header[0].span
        if present.isDisjoint(with: [.host, .domain]), defaults?.seemsToHaveSite != true {
            complaints.error(
                csv, place, "there is no column host", remedy: "add one, or host = \"pop.example.org\" to [defaults]")
            missing.insert(.host)
        }
        if !present.contains(.user) {
            complaints.error(csv, place, "there is no column user", remedy: "add one")
            missing.insert(.user)
        }
        if present.isDisjoint(with: ManifestKeys.Account.secrets), defaults?.seemsToHaveSecret != true {
            complaints.error(
                csv, place, "there is no column for the password",
                remedy: "add one of \(ManifestKeys.Account.secretNames)")
            missing.insert(.password)
        }
        return missing
    }

    /// Whether a row has as many fields as the header. One that has not is not shown at all: its fields may stand in
    /// the wrong columns.
    private mutating func isComplete(_ row: [CSVReader.Field], _ columns: Columns, _ csv: SourceText) -> Bool {
        for (field, column) in zip(row, columns) where column == nil || !ManifestKeys.shown.contains(column!.rawValue) {
            csv.hide(field.span)
        }
        guard row.count != columns.count else { return true }
        csv.hide(row[0].span.lowerBound..<row[row.count - 1].span.upperBound)
        let place = row.count > columns.count ? row[columns.count].span : row[row.count - 1].span
        complaints.error(
            csv, place, "the row has \(row.count) fields, the header \(columns.count)",
            remedy: "give every column a field, empty or not; a field with a comma in it stands in double quotes")
        return false
    }

    private func table(_ row: [CSVReader.Field], _ columns: Columns, _ csv: SourceText) -> TableNode {
        let table = TableNode(origin: .row, span: row[0].span)
        for (field, column) in zip(row, columns) {
            guard let column, table[column.rawValue] == nil else { continue }
            let node = Node(content: .field(field.text), span: field.span)
            table.add(Entry(key: column.rawValue, keySpan: field.span, node: node))
        }
        return table
    }

    /// Whether the file is UTF-8 without NUL bytes; complains where it is not.
    mutating func isText(_ text: SourceText) -> Bool {
        let problem =
            text.firstInvalidByte.map { ($0, "this byte is not UTF-8") }
            ?? text.bytes.firstIndex(of: 0).map { ($0, "there is a NUL byte") }
        guard let (offset, message) = problem else { return true }
        if text.order == 0 {
            // Only to learn what must not be shown.
            var reader = TOMLReader(source: text)
            reader.read()
        } else {
            text.hide(text.lineRange(text.lineIndex(of: offset)))
        }
        complaints.error(
            text, offset..<(offset + 1), message,
            remedy: "save the file as UTF-8 text; from Latin-1: iconv -f LATIN1 -t UTF-8 \(text.name)")
        return false
    }
}
