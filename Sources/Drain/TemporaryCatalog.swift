import Archive
import Catalog
import Platform

/// A catalogue that is made beside the archive's own, under a name that a crash leaves behind without harm.
struct TemporaryCatalog {
    private let layout: ArchiveLayout
    private let path: String

    /// - Parameter name: ends the file's name.
    init(_ layout: ArchiveLayout, _ name: String) {
        self.layout = layout
        path = "\(layout.catalog).\(name)"
    }

    /// An empty one.
    /// - Parameter root: the folder that its files are relative to, where that is not the archive.
    func make(of root: ArchiveLayout? = nil) throws -> Catalog {
        try remove()
        return try Catalog(root ?? layout, .write, path: path)
    }

    /// Removes all that there are, also those that a crash left.
    static func removeAll(_ layout: ArchiveLayout) throws {
        for name in try FileSystem.names(in: layout.root) where name.hasPrefix("catalog.sqlite.") {
            guard ["", "-wal", "-shm"].contains(where: { name.hasSuffix(".new\($0)") }) else { continue }
            try FileSystem.remove(layout.path(name))
        }
    }

    func remove() throws { for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(path + suffix) } }

    /// Puts it in the place of the archive's own; it is closed.
    func replaceCatalog() throws {
        // The old log would be taken for the new catalogue's.
        // Folded into the file first where that can be, so that at no moment there is no catalogue.
        if FileSystem.exists(layout.catalog) { try? Catalog(layout, .write).close() }
        for suffix in ["-wal", "-shm"] { try FileSystem.remove(layout.catalog + suffix) }
        // For good: a file system may keep the new name and lose the removals.
        try FileSystem.syncDirectory(layout.root)
        try FileSystem.rename(path, to: layout.catalog)
        try FileSystem.syncDirectory(layout.root)
    }
}
