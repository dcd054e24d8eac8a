/// The diagnostics of one manifest, each said once.
struct Complaints {
    private var found: [(order: Int, diagnostic: Diagnostic)] = []
    private var seen: Set<Diagnostic> = []
    private(set) var hasErrors = false

    mutating func add(
        _ severity: Diagnostic.Severity, _ source: SourceText, _ span: Range<Int>, _ message: String, remedy: String
    ) {
        let diagnostic = source.diagnostic(severity, at: span, message, remedy: remedy)
        if severity == .error { hasErrors = true }
        if seen.insert(diagnostic).inserted { found.append((source.order, diagnostic)) }
    }

    mutating func error(_ source: SourceText, _ span: Range<Int>, _ message: String, remedy: String) {
        add(.error, source, span, message, remedy: remedy)
    }

    mutating func error<Value>(_ place: Located<Value>, _ message: String, remedy: String) {
        add(.error, place.source, place.span, message, remedy: remedy)
    }

    mutating func warning<Value>(_ place: Located<Value>, _ message: String, remedy: String) {
        add(.warning, place.source, place.span, message, remedy: remedy)
    }

    var count: Int { found.count }

    /// In the order of the files and their lines.
    var sorted: [Diagnostic] {
        found.enumerated().sorted { a, b in
            let (x, y) = (a.element, b.element)
            return (x.order, x.diagnostic.location.line, x.diagnostic.location.column, a.offset)
                < (y.order, y.diagnostic.location.line, y.diagnostic.location.column, b.offset)
        }.map(\.element.diagnostic)
    }
}
