import TOMLKit

/// TOMLKit as the judge of what is TOML.
enum TOMLGrammar {
    /// What TOMLKit has against a text that `TOMLReader` could read, or `nil`.
    ///
    /// Only for such texts: the parser in TOMLKit 0.6.0 ends the process by an assertion on some that are not TOML.
    ///
    /// - Parameter source: UTF-8 without a NUL byte.
    static func failure(in source: SourceText) -> TOMLFailure? {
        do {
            _ = try TOMLTable(string: String(decoding: source.bytes, as: UTF8.self))
            return nil
        } catch let error as TOMLParseError {
            let offset = source.offset(line: error.source.begin.line, column: error.source.begin.column)
            return TOMLFailure(
                span: offset..<min(offset + 1, source.bytes.count), message: "this is not TOML",
                remedy: "see https://toml.io for how it is written")
        } catch {
            return TOMLFailure(span: 0..<0, message: "this is not TOML", remedy: "see https://toml.io")
        }
    }
}

extension SourceText {
    /// The byte at a line and a column, both from 1; beyond the end, the end.
    fileprivate func offset(line: Int, column: Int) -> Int {
        guard line >= 1, line <= lineCount else { return bytes.count }
        let range = lineRange(line - 1)
        let cells = SourceCell.cells(of: bytes, in: range)
        return column >= 1 && column <= cells.count ? cells[column - 1].offset : range.upperBound
    }
}
