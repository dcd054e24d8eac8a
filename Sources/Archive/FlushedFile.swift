import Platform

/// A file with members that are written but not durable yet. Any thread may make them so while nothing more is written.
package struct FlushedFile: Sendable {
    /// An open file that its writer and those who sync it share.
    final class Shared: Sendable {
        let file: File

        init(_ file: consuming File) { self.file = file }
    }

    private let shared: Shared
    /// Those that a new file's name needs, from the innermost on.
    private let folders: [String]

    init(_ shared: Shared, folders: [String]) {
        self.shared = shared
        self.folders = folders
    }

    /// Makes durable what was written, the name of a new file included.
    package func sync() throws {
        try shared.file.sync()
        for folder in folders { try FileSystem.syncDirectory(folder) }
    }
}
