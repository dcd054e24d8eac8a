package import Archive
import Catalog
import Mail
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
        for notice in try RepackSwitch.settle(layout) { progress(notice) }
        return try Self.rebuild(layout, isAfterCrash: lock.staleHolder != nil, progress)
    }

    /// Rebuilds for whoever holds the archive's lock.
    /// - Parameter isAfterCrash: whether the run before died or failed.
    static func rebuild(
        _ layout: ArchiveLayout, isAfterCrash: Bool, _ progress: (String) -> Void
    ) throws -> Outcome {
        let temporary = TemporaryCatalog(layout, "new")
        defer { try? TemporaryCatalog.removeAll(layout) }
        let catalog = try temporary.make()
        let reading = VolumeReading(
            layout, into: catalog, sealed: try VolumeChecksums.read(layout), isAfterCrash: isAfterCrash)
        let found = try reading.run(progress)
        try catalog.close()
        try temporary.replaceCatalog()
        return Outcome(
            groupCount: found.groupCount, messageCount: found.messageCount, damages: found.allDamages,
            closings: found.closings)
    }
}
