/// An archive that cannot be opened, written or trusted.
package struct ArchiveError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// There is no archive at this path.
        case missing
        /// Another process writes it.
        case locked
        /// Written by a later mailcask.
        case newerFormat(found: Int)
        /// The catalogue was made by an earlier mailcask; it can be made anew from the volumes.
        case olderCatalogue
        /// The format of the manifest differs from the archive's.
        case otherFormat
        /// Bytes that were written are not there, or not as they were written.
        case damaged
        /// libarchive or SQLite refused a call, or a limit of ours was met.
        case library
    }

    package let code: Code
    package let path: String
    package let message: String

    package init(_ code: Code, _ path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    package var description: String { "\(path): \(message)" }
}
