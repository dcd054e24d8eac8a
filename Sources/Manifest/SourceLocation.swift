/// A place in a manifest or in one of its CSV files.
package struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file as the user named it, relative or absolute.
    package var file: String
    /// The line, from 1.
    package var line: Int
    /// The column in Unicode scalars, from 1. A byte order mark is not counted.
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`
    package var description: String { "\(file):\(line):\(column)" }
}
