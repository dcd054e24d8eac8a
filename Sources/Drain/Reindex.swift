package import Archive
import Catalog
import Platform

/// Makes the catalogue of an archive anew from its volumes.
package struct Reindex {
    package struct Outcome: Sendable {
        package var groupCount = 0
        package var messageCount = 0
        package var damages: [String] = []
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
        for number in try ArchiveFolder.volumeNumbers(layout) {
            let file = ArchiveLayout.volume(number)
            let outcome = try rebuilder.ingest(file, from: 0, isSealed: sealed[file] != nil)
            progress("\(file): \(outcome.messageCount) checkpoints in \(outcome.groupCount) groups")
            result.groupCount += outcome.groupCount
            result.messageCount += outcome.messageCount
            result.damages += outcome.damages + outcome.tailDamages
            let length = try File(layout.path(file), .read).length()
            if sealed[file] == nil, outcome.goodLength < length {
                // Closed where it stops making sense: nothing is ever written over what somebody may still read.
                try catalog.commit(files: [CatalogGroup.File(path: file, length: outcome.goodLength, isSealed: true)])
                result.damages.append("\(file): nothing whole lies behind \(outcome.goodLength) of its \(length) bytes")
            }
        }
        for file in sealed.keys.sorted() where FileSystem.exists(layout.path(file)) {
            let length = try File(layout.path(file), .read).length()
            try catalog.commit(files: [CatalogGroup.File(path: file, length: length, isSealed: true)])
        }
        return result
    }

    private static func removeDatabase(_ path: String) throws {
        for suffix in ["", "-wal", "-shm"] { try FileSystem.remove(path + suffix) }
    }
}
