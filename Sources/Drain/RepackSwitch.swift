import Archive
import Catalog
import Platform

/// Gives the name of a sealed file to a version of it that was compressed otherwise, so that whoever looks finds one of
/// the two, with all that is told of it.
///
/// The order: the journal is durable; the name changes, durably; the catalogue follows in one transaction; the list of
/// sealed files does; the journal goes. A crash before the name changes costs the new version, one behind it is completed
/// by the next writer.
struct RepackSwitch {
    private let layout: ArchiveLayout

    init(_ layout: ArchiveLayout) { self.layout = layout }

    /// Where the new version of a file is made: beside it, under a name that a crash leaves behind without harm.
    static func temporary(_ path: String) -> String { path + ".new" }

    /// - Parameter journal: tells of the new version, which lies under its temporary name and is durable.
    func run(_ journal: RepackJournal, _ catalog: Catalog) throws {
        let path = layout.path(journal.file)
        do {
            try journal.write(layout)
            try FileSystem.rename(Self.temporary(path), to: path)
        } catch {
            // Where the disk does not let that be undone, the next writer does it.
            _ = try? settle(journal, catalog)
            throw error
        }
        try complete(journal, catalog)
    }

    /// Completes or undoes what an earlier repack left, for whoever holds the archive's lock.
    /// - Returns: what was done, for the log.
    static func settle(_ layout: ArchiveLayout) throws -> [String] {
        let switching = RepackSwitch(layout)
        guard let journal = try RepackJournal.read(layout) else {
            try switching.removeTemporaries()
            return []
        }
        guard FileSystem.exists(layout.catalog) else { return [try switching.settle(journal, nil)] }
        do {
            let catalog = try Catalog(layout, .write)
            defer { try? catalog.close() }
            return [try switching.settle(journal, catalog)]
        } catch {
            // It is made anew, and needs no help.
            let code = (Catalog.explained(error) as? ArchiveError)?.code
            guard code == .damaged || code == .olderCatalogue else { throw error }
            return [try switching.settle(journal, nil)]
        }
    }

    private func settle(_ journal: RepackJournal, _ catalog: Catalog?) throws -> String {
        let path = layout.path(journal.file)
        var length = FileSystem.exists(path) ? try File(path, .read).length() : nil
        if length != journal.old.length, length != journal.new.length, try isWhole(journal) {
            // Better than what is left of the old one.
            try FileSystem.rename(Self.temporary(path), to: path)
            length = journal.new.length
        }
        let known = try catalog?.files(prefix: journal.file)[journal.file]?.length
        // Where the file is neither, it was damaged since, and the catalogue knows which it was.
        let isSwitched = length == journal.new.length || (length != journal.old.length && known == journal.new.length)
        if isSwitched {
            try complete(journal, catalog)
        } else {
            try removeTemporaries()
            try RepackJournal.remove(layout)
        }
        return "\(journal.file): a repack that was interrupted is \(isSwitched ? "completed" : "undone")"
    }

    /// Whether the new version lies under its temporary name, as it was written.
    private func isWhole(_ journal: RepackJournal) throws -> Bool {
        let temporary = Self.temporary(layout.path(journal.file))
        return try FileSystem.exists(temporary) && VolumeChecksums.digest(of: temporary) == journal.new.digest
    }

    /// Does all that comes behind the new name; doing it twice changes nothing.
    private func complete(_ journal: RepackJournal, _ catalog: Catalog?) throws {
        try FileSystem.syncDirectory(FileSystem.parent(of: layout.path(journal.file)))
        try catalog?.follow(journal)
        // A line that cannot be read is for a repair, which finds its file sealed and unlisted.
        var sealed = try VolumeChecksums.readable(layout).digests
        if sealed[journal.file] != journal.new.digest {
            sealed[journal.file] = journal.new.digest
            try VolumeChecksums.replace(layout, with: sealed)
        }
        try RepackJournal.remove(layout)
    }

    /// New versions that were never completed.
    private func removeTemporaries() throws {
        for name in try FileSystem.names(in: layout.volumes) where name.hasSuffix(".tar.gz.new") {
            try FileSystem.remove("\(layout.volumes)/\(name)")
        }
        try FileSystem.remove(Self.temporary(layout.repackJournal))
    }
}
