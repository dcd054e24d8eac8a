/// Turns what the readers found into settings and accounts, and complains about all that is wrong.
struct ManifestChecker {
    let files: ManifestFiles
    let paths: ManifestPaths
    let source: SourceText
    var complaints = Complaints()
    /// Some text could not be read, so that what seems to be missing may stand there.
    var isIncomplete = false
    /// What is known of files that several accounts name.
    var statusCache: [String: ManifestFiles.Status?] = [:]
    var accounts: [Account] = []
    /// Accounts are described, well or badly.
    var hasAccounts = false
    var register = AccountRegister()
    /// `[defaults]`
    var defaults: AccountFields?

    /// - Parameter mode: the permission bits of the manifest.
    mutating func check(mode: UInt32) -> (archive: ArchiveSettings?, job: JobSettings) {
        var reader = TOMLReader(source: source)
        reader.read()
        for failure in reader.failures + reader.duplicates {
            complaints.error(source, failure.span, failure.message, remedy: failure.remedy)
        }
        if reader.failures.isEmpty, reader.duplicates.isEmpty, let failure = TOMLGrammar.failure(in: source) {
            complaints.error(source, failure.span, failure.message, remedy: failure.remedy)
            isIncomplete = true
        }
        if !reader.failures.isEmpty { isIncomplete = true }

        let root = reader.root
        checkTables(of: root)
        if root[ManifestKeys.Table.archive.rawValue] == nil, !isIncomplete, !isMisspelt(.archive, in: root) {
            complaints.error(
                source, 0..<0, "the manifest has no table [archive]", remedy: "add [archive] with path = \"DIRECTORY\"")
        }
        let archive = table(.archive, of: root).flatMap { readArchive($0) }
        let job = readJob(table(.job, of: root))
        if let table = table(.defaults, of: root) { defaults = readFields(table, source, in: .defaults) }
        readAccounts(root, mode: mode)
        if let entry = root[ManifestKeys.Top.accountsCSV.rawValue] { readCSVFiles(entry) }
        if !hasAccounts, !isIncomplete, !isMisspelt(.account, in: root) {
            complaints.error(
                source, 0..<0, "the manifest has no account",
                remedy: "add an [[account]] with host, user and a password key, or accounts-csv = \"file.csv\"")
        }
        return (archive, job)
    }

    /// Complains about tables and keys at the top that do not exist.
    private mutating func checkTables(of root: TableNode) {
        for entry in root.entries where !ManifestKeys.names(in: .top).contains(entry.key) {
            if case .table = entry.node.content {
                unknownTable(entry)
            } else if case .array(let array) = entry.node.content, array.isOfTables {
                unknownTable(entry)
            } else {
                unknown(entry, source, in: .top)
            }
        }
    }

    /// Whether a table that does not exist was probably meant to be this one.
    func isMisspelt(_ table: ManifestKeys.Table, in root: TableNode) -> Bool {
        root.entries.contains { ManifestKeys.Table(rawValue: $0.key) == nil && Self.tableMeant(by: $0.key) == table }
    }

    private static func tableMeant(by key: String) -> ManifestKeys.Table? {
        EditDistance.nearest(to: key, among: ManifestKeys.Table.allCases.filter { $0 != .top }.map(\.rawValue))
            .flatMap(ManifestKeys.Table.init)
    }

    private mutating func unknownTable(_ entry: Entry) {
        let tables = ManifestKeys.Table.allCases.filter { $0 != .top }
        complaints.error(
            source, entry.keySpan, "there is no table \"\(entry.key)\"",
            remedy: Self.tableMeant(by: entry.key).map { "did you mean \($0.title)?" }
                ?? "the tables are " + tables.map(\.title).joined(separator: ", "))
    }

    /// A table that is written once, or `nil` where it is missing or is something else.
    private mutating func table(_ table: ManifestKeys.Table, of root: TableNode) -> TableNode? {
        guard let entry = root[table.rawValue] else { return nil }
        if case .table(let node) = entry.node.content { return node }
        if case .array(let array) = entry.node.content, array.isOfTables {
            complaints.error(
                source, entry.keySpan, "\(table.rawValue) is one table, not a list of them",
                remedy: "write \(table.title), once")
            if case .table(let node)? = array.elements.first?.content { return node }
            return nil
        }
        complaints.error(
            source, entry.node.span, "\(table.rawValue) is \(entry.node.kind), not a table",
            remedy: "write \(table.title) in a line of its own and its keys below")
        return nil
    }

    /// Complains about a key that a table does not have.
    mutating func unknown(_ entry: Entry, _ source: SourceText, in table: ManifestKeys.Table) {
        if table == .defaults, ManifestKeys.Account(rawValue: entry.key) != nil {
            complaints.error(
                source, entry.keySpan, "\"\(entry.key)\" does not belong in [defaults]",
                remedy: "give it in each [[account]]")
            return
        }
        complaints.error(
            source, entry.keySpan,
            "there is no key \"\(entry.key)\" \(table == .top ? "at the top" : "in \(table.title)")",
            remedy: ManifestKeys.remedy(forUnknown: entry.key, in: table))
    }
}
