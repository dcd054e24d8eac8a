import Archive
import Catalog
import Platform

/// Closes files that hold more than the records tell of: nothing is ever written over what somebody may still read.
struct FileClosing {
    /// Files of which nothing is known: they have lost their records.
    private(set) var damages: [String] = []
    /// What is left as it is, and after a crash was never committed.
    private(set) var notices: [String] = []
    private let layout: ArchiveLayout
    private let catalog: Catalog

    init(_ catalog: Catalog) {
        self.catalog = catalog
        layout = catalog.layout
    }

    /// - Parameter goodLength: the end of what the records know of the file, in bytes.
    mutating func close(_ file: String, behind goodLength: UInt64) throws {
        let length = try File(layout.path(file), .read).length()
        guard goodLength < length else { return }
        try catalog.commit(files: [CatalogGroup.File(path: file, length: goodLength, state: .closed)])
        let text = "\(file): no record tells of what lies behind \(goodLength) of its \(length) bytes; it is left so"
        if goodLength == 0 { damages.append(text) } else { notices.append(text) }
    }

    /// Closes such mbox files of all accounts.
    mutating func closeMboxFiles(excluding excluded: Set<String> = []) throws {
        guard FileSystem.exists(layout.path("mbox")) else { return }
        let known = try catalog.files(prefix: "mbox/")
        for account in try FileSystem.names(in: layout.path("mbox")) {
            for name in try FileSystem.names(in: layout.path("mbox/\(account)")) where name.hasSuffix(".mbox.gz") {
                let file = "mbox/\(account)/\(name)"
                if excluded.contains(file) { continue }
                if let known = known[file], known.state != .open { continue }
                try close(file, behind: known[file]?.length ?? 0)
            }
        }
    }
}
