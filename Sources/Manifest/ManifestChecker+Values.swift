/// Values of the types that keys have. Each complains and gives `nil` where the value is not one.
extension ManifestChecker {
    private func located<Value>(_ value: Value, _ entry: Entry, _ source: SourceText) -> Located<Value> {
        Located(value: value, span: entry.node.span, source: source)
    }

    private mutating func wrongType(_ entry: Entry, _ source: SourceText, wanted: String, remedy: String) {
        complaints.error(
            source, entry.node.span, "\(entry.key) is \(entry.node.kind), not \(wanted)", remedy: remedy)
    }

    mutating func string(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        switch entry.node.content {
        case .string(let text), .field(let text): return located(text, entry, source)
        default:
            wrongType(entry, source, wanted: "a string", remedy: "put the value in quotes")
            return nil
        }
    }

    /// A string of one line. Where a quote is missing, or is one of three, what follows may be a password: it is not shown.
    mutating func line(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = string(entry, source) else { return nil }
        guard text.value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return text
        }
        complaints.error(
            text, "\(entry.key) goes over several lines, or has another control character in it",
            remedy: "see that its quotes end where they should")
        return nil
    }

    mutating func integer(_ entry: Entry, _ source: SourceText, in range: ClosedRange<Int>) -> Located<Int>? {
        let value: Int?
        switch entry.node.content {
        case .integer(let number): value = Int(exactly: number)
        case .field(let text) where Quantity(text)?.unit == "": value = Int(text)
        default:
            wrongType(
                entry, source, wanted: "an integer",
                remedy: "write a number from \(range.lowerBound) to \(range.upperBound), without quotes")
            return nil
        }
        guard let value, range.contains(value) else {
            complaints.error(
                source, entry.node.span, "\(entry.key) is out of range",
                remedy: "write a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return located(value, entry, source)
    }

    mutating func boolean(_ entry: Entry, _ source: SourceText) -> Located<Bool>? {
        switch entry.node.content {
        case .boolean(let value): return located(value, entry, source)
        case .field("true"): return located(true, entry, source)
        case .field("false"): return located(false, entry, source)
        default:
            wrongType(entry, source, wanted: "a boolean", remedy: "write true or false, without quotes")
            return nil
        }
    }

    mutating func choice<Value>(_ entry: Entry, _ source: SourceText, of: Value.Type) -> Located<Value>?
    where Value: RawRepresentable<String> & CaseIterable {
        let names = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        guard let text = line(entry, source) else { return nil }
        if let value = Value(rawValue: text.value) { return located(value, entry, source) }
        let near = EditDistance.nearest(to: text.value, among: Value.allCases.map(\.rawValue))
        complaints.error(
            text, "\(entry.key) cannot be \"\(text.value.prefix(40))\"",
            remedy: (near.map { "did you mean \"\($0)\"? " } ?? "") + "the values are \(names)")
        return nil
    }

    mutating func duration(_ entry: Entry, _ source: SourceText) -> Located<Duration>? {
        let remedy = "write for example \"30 s\", \"500 ms\", \"2 min\" or \"1 h\", or a number of seconds"
        let value: Duration?
        switch entry.node.content {
        case .integer(let seconds): value = seconds > 0 ? .seconds(min(seconds, 1 << 40)) : .zero
        case .string(let text): value = Quantity(text)?.duration
        case .field(let text):
            value = Quantity(text).flatMap { $0.unit.isEmpty ? .seconds(min($0.number, 1 << 40)) : $0.duration }
        default:
            wrongType(entry, source, wanted: "a duration", remedy: remedy)
            return nil
        }
        guard let value else {
            complaints.error(source, entry.node.span, "\(entry.key) is not a duration", remedy: remedy)
            return nil
        }
        guard Timeouts.range.contains(value) else {
            complaints.error(
                source, entry.node.span, "\(entry.key) is out of range", remedy: "write a duration from 1 ms to 24 h")
            return nil
        }
        return located(value, entry, source)
    }

    /// - Parameter words: the range, for people.
    mutating func byteCount(
        _ entry: Entry, _ source: SourceText, in range: ClosedRange<UInt64>, _ words: String
    ) -> Located<UInt64>? {
        let remedy = "write for example \"1 GiB\" or \"500 MB\", or a number of bytes"
        let value: UInt64?
        switch entry.node.content {
        case .integer(let number): value = UInt64(clamping: number)
        case .string(let text), .field(let text): value = Quantity(text)?.byteCount
        default:
            wrongType(entry, source, wanted: "a size", remedy: remedy)
            return nil
        }
        guard let value else {
            complaints.error(source, entry.node.span, "\(entry.key) is not a size", remedy: remedy)
            return nil
        }
        guard range.contains(value) else {
            complaints.error(
                source, entry.node.span, "\(entry.key) is out of range", remedy: "write a size \(words)")
            return nil
        }
        return located(value, entry, source)
    }

    /// A path, made absolute; whether it exists is not asked.
    mutating func path(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = line(entry, source) else { return nil }
        do {
            return located(try paths.absolute(text.value), entry, source)
        } catch {
            complaints.error(text, "\(entry.key): \(error.message)", remedy: error.remedy)
            return nil
        }
    }

    /// The path of a file that this process can read.
    mutating func existingFile(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let path = path(entry, source) else { return nil }
        let status = status(of: path.value)
        if status == nil {
            complaints.error(
                path, "\(entry.key): there is no file \(path.value)",
                remedy: "create it or correct the path; relative paths start from the manifest's folder")
        } else if status?.isDirectory == true {
            complaints.error(path, "\(entry.key): \(path.value) is a directory", remedy: "name a file in it")
        } else if status?.isReadable == false {
            complaints.error(
                path, "\(entry.key): \(path.value) cannot be read by this user",
                remedy: "make it readable for this user, or run as another one")
        } else {
            return path
        }
        return nil
    }

    mutating func status(of path: String) -> ManifestFiles.Status? {
        if let known = statusCache[path] { return known }
        let status = files.status(path)
        statusCache[path] = .some(status)
        return status
    }
}
