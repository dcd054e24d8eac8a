package import Archive
import Catalog
import Mail
import Platform

/// Compresses the sealed volumes of an archive otherwise: the tar stream stays as it is to the byte, and so do its
/// members; only how they are compressed changes.
///
/// The new version of a volume takes its name when all of it was read back and compared with the old one.
package struct Repack {
    package struct Outcome: Sendable {
        /// What was found besides, and mended.
        package var notices: [String] = []
        /// Files that were compressed otherwise.
        package var fileCount = 0
        /// Their lengths together, before and after.
        package var oldOctets: UInt64 = 0
        package var newOctets: UInt64 = 0
        /// Files that are left as they are because they are not as they were sealed.
        package var damages: [String] = []
        /// Whether somebody asked to stop before all was done.
        package var isStopped = false
    }

    private let layout: ArchiveLayout
    private let compression: Compression
    private let stop: StopControl
    private let workerCount: Int

    package init(
        _ layout: ArchiveLayout, _ compression: Compression, stop: StopControl = StopControl(),
        workerCount: Int = Process.processorCount
    ) {
        self.layout = layout
        self.compression = compression
        self.stop = stop
        self.workerCount = workerCount
    }

    /// Repacks one volume after the other.
    /// - Parameter progress: gets a line for each file.
    /// - Throws: `ArchiveError`, `FileError`, errors of the catalogue; then every volume is one that was read back, or
    ///   the one that it was.
    package func run(progress: (String) -> Void) throws -> Outcome {
        try ArchiveFolder.check(layout)
        let lock = try ArchiveLock(layout)
        defer { withExtendedLifetime(lock) {} }
        var outcome = Outcome()
        outcome.notices += try RepackSwitch.settle(layout)
        let isNew = try ArchiveFolder.volumeNumbers(layout).isEmpty
        let catalog = try ArchiveOpening.openCatalog(lock, layout, isNew: isNew, &outcome.notices, &outcome.damages)
        let sealed = try VolumeChecksums.read(layout)
        let pool = CompressionPool(compression, workerCount: workerCount)
        defer { pool.stop() }
        do {
            for file in try catalog.files().values.sorted(by: { $0.path < $1.path }) where file.length > 0 {
                if stop.isRequested { throw RepackedFile.Stopped() }
                try repack(file, sealed[file.path], catalog, pool, progress, &outcome)
            }
        } catch is RepackedFile.Stopped {
            outcome.isStopped = true
        }
        try catalog.close()
        return outcome
    }

    private func repack(
        _ file: CatalogGroup.File, _ digest: Digest?, _ catalog: Catalog, _ pool: CompressionPool,
        _ progress: (String) -> Void, _ outcome: inout Outcome
    ) throws {
        guard file.path.hasPrefix("volumes/") else {
            return progress("\(file.path): left as it is: records tell where in it the mail lies")
        }
        guard file.isSealed else { return progress("\(file.path): left as it is: it is not sealed") }
        progress("\(file.path): reading")
        let path = layout.path(file.path)
        do {
            try check(file, digest)
            if try RepackedFile.isNeedless(path, pool: pool, isStopping: { stop.isRequested }) {
                return progress("\(file.path): left as it is: it is compressed so already")
            }
            let old = RepackJournal.Version(length: file.length, digest: digest!)
            guard let new = try replace(file.path, old, catalog, pool) else {
                return progress("\(file.path): left as it is: it would not become smaller")
            }
            outcome.fileCount += 1
            outcome.oldOctets += old.length
            outcome.newOctets += new
            progress("\(file.path): \(old.length) bytes became \(new)")
        } catch let error as ArchiveError where error.code == .damaged && error.path == path {
            outcome.damages.append("\(file.path): \(error.message)")
        } catch let error as FileError where error.call == .read && error.path == path {
            outcome.damages.append("\(error)")
        }
    }

    /// - Returns: the length of the new version; `nil` when the old one stays.
    private func replace(
        _ file: String, _ old: RepackJournal.Version, _ catalog: Catalog, _ pool: CompressionPool
    ) throws -> UInt64? {
        let path = layout.path(file)
        let temporary = RepackSwitch.temporary(path)
        try FileSystem.remove(temporary)
        let journal: RepackJournal
        do {
            let new = try RepackedFile(path, as: temporary, pool: pool) { stop.isRequested }
            guard isWanted(new.length, old.length) else {
                try FileSystem.remove(temporary)
                return nil
            }
            journal = RepackJournal(
                file: file, old: old, new: .init(length: new.length, digest: new.digest), members: new.members)
        } catch {
            try? FileSystem.remove(temporary)
            throw error
        }
        try RepackSwitch(layout).run(journal, catalog)
        return journal.new.length
    }

    /// Two versions of one length could not be told apart.
    private func isWanted(_ new: UInt64, _ old: UInt64) -> Bool { compression == .small ? new < old : new != old }

    private func check(_ file: CatalogGroup.File, _ digest: Digest?) throws {
        let path = layout.path(file.path)
        func damage(_ reason: String) -> ArchiveError { ArchiveError(.damaged, path, reason) }
        guard let digest else { throw damage("sealed, but not in manifest-sha256.txt") }
        guard FileSystem.exists(path) else { throw damage("missing") }
        let found = try VolumeChecksums.digest(of: path)
        guard found == digest else { throw damage("its SHA-256 is \(found), not \(digest)") }
    }
}
