package import Archive
import Catalog
import Platform

/// Makes the catalogue of an archive anew from its volumes.
package struct Reindex {
    package struct Outcome: Sendable {
        package var groupCount = 0
        package var messageCount = 0
        package var damages: [String] = []
        /// Files that are left as they are because more lies in them than the records tell of: after a crash, what was
        /// never committed.
        package var closings: [String] = []
    }

    private let layout: ArchiveLayout

    package init(_ layout: ArchiveLayout) { self.layout = layout }

    /// Rebuilds beside the old catalogue, and replaces it when the new one is whole.
    /// - Parameter progress: gets a line per volume.
    /// - Throws: `ArchiveError.locked`, `FileError`, errors of the catalogue; damaged volumes are part of the outcome.
    package func run(progress: (String) -> Void) throws -> Outcome {
        try ArchiveFolder.check(layout)
        let lock = try ArchiveLock(layout)
        defer { withExtendedLifetime(lock) {} }
        return try Self.rebuild(layout, progress)
    }

    /// Rebuilds for whoever holds the archive's lock.
    static func rebuild(_ layout: ArchiveLayout, _ progress: (String) -> Void) throws -> Outcome {
        let temporary = layout.catalog + ".new"
        try removeDatabase(temporary)
        let outcome: Outcome
        do {
            let catalog = try Catalog(layout, .write, path: temporary)
            outcome = try fill(catalog, layout, progress)
            try catalog.close()
        }
        // The old log would be taken for the new catalogue's.
        // Folded into the file first where that can be, so that at no moment there is no catalogue.
        if FileSystem.exists(layout.catalog) { try? Catalog(layout, .write).close() }
        for suffix in ["-wal", "-shm"] { try FileSystem.remove(layout.catalog + suffix) }
        // For good: a file system may keep the new name and lose the removals.
        try FileSystem.syncDirectory(layout.root)
        try FileSystem.rename(temporary, to: layout.catalog)
        try FileSystem.syncDirectory(layout.root)
        return outcome
    }

    private static func fill(
        _ catalog: Catalog, _ layout: ArchiveLayout, _ progress: (String) -> Void
    ) throws -> Outcome {
        var result = Outcome()
        let sealed = try VolumeChecksums.read(layout)
        var rebuilder = Rebuilder(catalog)
        var endsWithOpenVolume = false
        for number in try ArchiveFolder.volumeNumbers(layout) {
            let file = ArchiveLayout.volume(number)
            let isSealed = sealed[file] != nil
            if !isSealed { try ArchiveOpening.makeDurable(layout.path(file), from: 0, to: .max) }
            let outcome = try rebuilder.ingest(file, from: 0, state: isSealed ? .sealed : .open)
            progress("\(file): \(outcome.messageCount) checkpoints in \(outcome.groupCount) groups")
            result.groupCount += outcome.groupCount
            result.messageCount += outcome.messageCount
            result.damages += outcome.damages
            if isSealed || outcome.goesOnBehindTailDamage { result.damages += outcome.tailDamages }
            endsWithOpenVolume = !isSealed && outcome.groupCount > 0
            if !isSealed { try close(file, of: catalog, layout, behind: outcome.goodLength, &result) }
        }
        for file in sealed.keys.sorted() {
            guard FileSystem.exists(layout.path(file)) else {
                result.damages.append("\(file): missing, though it was sealed")
                continue
            }
            let length = try File(layout.path(file), .read).length()
            try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
        }
        // Where the newest volume is there and nothing is damaged, the records are all there: what an mbox holds beyond
        // them was never committed, and goes when it is next appended to.
        if !result.damages.isEmpty || !endsWithOpenVolume { try closeUnnamedMail(of: catalog, layout, &result) }
        return result
    }

    /// A file that goes on behind what the records know of it: nothing is ever written over what somebody may still read.
    private static func close(
        _ file: String, of catalog: Catalog, _ layout: ArchiveLayout, behind goodLength: UInt64, _ result: inout Outcome
    ) throws {
        let length = try File(layout.path(file), .read).length()
        guard goodLength < length else { return }
        try catalog.commit(files: [CatalogGroup.File(path: file, length: goodLength, state: .closed)])
        let text = "\(file): no record tells of what lies behind \(goodLength) of its \(length) bytes; it is left so"
        // After a crash that is what was never committed; but a file of which nothing is known has lost its records.
        if goodLength == 0 { result.damages.append(text) } else { result.closings.append(text) }
    }

    /// Closes the mbox files that hold more than the records tell of.
    private static func closeUnnamedMail(
        of catalog: Catalog, _ layout: ArchiveLayout, _ result: inout Outcome
    ) throws {
        guard FileSystem.exists(layout.path("mbox")) else { return }
        let known = try catalog.files(prefix: "mbox/")
        for account in try FileSystem.names(in: layout.path("mbox")) {
            for name in try FileSystem.names(in: layout.path("mbox/\(account)")) where name.hasSuffix(".mbox.gz") {
                let file = "mbox/\(account)/\(name)"
                if let known = known[file], known.state != .open { continue }
                try close(file, of: catalog, layout, behind: known[file]?.length ?? 0, &result)
            }
        }
    }

    private static func removeDatabase(_ path: String) throws {
        for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(path + suffix) }
    }
}
