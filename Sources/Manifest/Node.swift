/// A value of a manifest or a CSV file, with its place.
struct Node {
    enum Content {
        case string(String)
        case integer(Int64)
        case float(Double)
        case boolean(Bool)
        /// A date, a time or both; no key takes one.
        case date
        case array(ArrayNode)
        case table(TableNode)
        /// A field of a CSV file, which may be meant as a string, a number or a truth value.
        case field(String)
    }

    var content: Content
    var span: Range<Int>

    /// What it is, for a sentence such as "port is a string".
    var kind: String {
        switch content {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a floating-point number"
        case .boolean: "a boolean"
        case .date: "a date or time"
        case .array: "an array"
        case .table: "a table"
        case .field: "a text"
        }
    }
}

/// A key and its value.
struct Entry {
    var key: String
    var keySpan: Range<Int>
    var node: Node
}

/// The elements of an array, or the tables that share a `[[header]]`.
final class ArrayNode {
    var elements: [Node] = []
    /// Made by `[[header]]`, so that another one may follow.
    let isOfTables: Bool

    init(isOfTables: Bool) { self.isOfTables = isOfTables }
}

/// A table of TOML, or a row of a CSV file.
final class TableNode {
    /// How the table came to be, which says what may still be added to it (TOML 1.0, "Table").
    enum Origin {
        /// Named on the way to another table; a header may still define it.
        case implied
        case header
        case dottedKey
        case inline
        case row
    }

    private(set) var entries: [Entry] = []
    private var places: [String: Int] = [:]
    var origin: Origin
    /// Where to point when something is missing: the header, or the first field of a row.
    var span: Range<Int>

    init(origin: Origin, span: Range<Int>) {
        self.origin = origin
        self.span = span
    }

    subscript(key: String) -> Entry? { places[key].map { entries[$0] } }

    /// Adds an entry whose key is not in the table yet.
    func add(_ entry: Entry) {
        places[entry.key] = entries.count
        entries.append(entry)
    }
}
