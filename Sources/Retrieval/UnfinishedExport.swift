import Archive
import Catalog

/// A message that could be read and, when it was half written, could not: a file of many messages cannot go on behind that.
struct UnfinishedExport: Error, CustomStringConvertible {
    let message: String
    let cause: ArchiveError

    var description: String {
        "\(message) could be read at first, and not when it was written, so its file is not finished: \(cause)"
    }

    /// Writes the bytes of a message whose entry has begun.
    static func reading(_ message: CatalogMessage, _ body: () throws -> Void) throws {
        do { try body() } catch let error as ArchiveError {
            throw UnfinishedExport(message: "\(message.account): message \(message.digest)", cause: error)
        }
    }
}
