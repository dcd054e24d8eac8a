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
        if length == 0, try catalog.files(prefix: file)[file] == nil { return try remove(file) }
        guard goodLength < length else { return }
        try catalog.commit(files: [CatalogGroup.File(path: file, length: goodLength, state: .closed)])
        let text = "\(file): no record tells of what lies behind \(goodLength) of its \(length) bytes; it is left so"
        if goodLength == 0 { damages.append(text) } else { notices.append(text) }
    }

    /// Closes such mbox files of all accounts.
    mutating func closeMboxFiles(excluding excluded: Set<String> = []) throws {
        try forEachOpenMbox { closing, file, length in
            if !excluded.contains(file) { try closing.close(file, behind: length) }
        }
    }

    /// Cuts off what a run that died or failed left behind the last commit point in mbox files. What cannot be that is
    /// closed: an unknown file that is listed as sealed, or does not have the number that the run would have given it.
    mutating func cutMboxFiles(sealed: Set<String>) throws {
        let known = try catalog.files(prefix: "mbox/")
        var highest: [String: Int] = [:]
        for file in known.keys {
            let folder = FileSystem.parent(of: file)
            highest[folder] = max(ArchiveLayout.mboxNumber(ofPath: file) ?? 0, highest[folder] ?? 0)
        }
        try forEachOpenMbox { closing, file, length in
            let next = highest[FileSystem.parent(of: file), default: 0] + 1
            let isNext = ArchiveLayout.mboxNumber(ofPath: file) == next && !sealed.contains(file)
            guard known[file] != nil || isNext else { return try closing.close(file, behind: length) }
            try closing.cut(file, behind: length)
        }
    }

    private mutating func cut(_ file: String, behind goodLength: UInt64) throws {
        let length = try File(layout.path(file), .read).length()
        if goodLength == 0 { try remove(file) }
        guard goodLength < length else { return }
        if goodLength > 0 {
            let written = try File(layout.path(file), .readWrite)
            try written.truncate(to: goodLength)
            try written.sync()
        }
        notices.append("\(file): \(length - goodLength) bytes behind the last commit point are cut off")
    }

    /// Durably: a file that came back would be taken for one that somebody knows.
    private func remove(_ file: String) throws {
        try FileSystem.remove(layout.path(file))
        try FileSystem.syncDirectory(FileSystem.parent(of: layout.path(file)))
    }

    /// Gives each mbox file that is appended to or unknown, and how much of it is known.
    private mutating func forEachOpenMbox(_ body: (inout FileClosing, String, UInt64) throws -> Void) throws {
        guard FileSystem.exists(layout.path("mbox")) else { return }
        let known = try catalog.files(prefix: "mbox/")
        for account in try FileSystem.names(in: layout.path("mbox")) {
            guard FileSystem.isDirectory(layout.path("mbox/\(account)")) else { continue }
            for name in try FileSystem.names(in: layout.path("mbox/\(account)")) {
                let file = "mbox/\(account)/\(name)"
                guard ArchiveLayout.isMbox(file), known[file]?.state ?? .open == .open else { continue }
                try body(&self, file, known[file]?.length ?? 0)
            }
        }
    }
}
