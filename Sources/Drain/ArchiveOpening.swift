import Archive
import Catalog
import Manifest
import Platform

/// The volume that the next group goes into.
struct OpenVolume: Sendable {
    let number: Int
    /// In bytes; what lies behind it in the file is cut off.
    let committedLength: UInt64
}

/// Opens an archive for writing and mends what an earlier run left behind.
///
/// The catalogue's committed length is the truth. What lies behind it in a volume is taken in where it is whole, else
/// cut off; a lost catalogue is rebuilt from the volumes.
struct ArchiveOpening {
    let layout: ArchiveLayout
    let lock: ArchiveLock
    let catalog: Catalog
    let open: OpenVolume
    /// What was found and mended, for the log.
    let notices: [String]
    /// What is lost: told at the end of the run too, which then does not end well.
    let damages: [String]

    /// - Throws: `ArchiveError`, `FileError`, errors of the catalogue.
    init(_ layout: ArchiveLayout, _ format: ArchiveFormat) throws {
        self.layout = layout
        try ArchiveFolder.checkIsOurs(layout)
        try FileSystem.makeDirectories(layout.root)
        lock = try ArchiveLock(layout)
        try ArchiveFolder.prepare(layout)
        var notices: [String] = []
        if let holder = lock.staleHolder { notices.append("an earlier run (\(holder)) ended without saying goodbye") }
        var damages: [String] = []
        let numbers = try ArchiveFolder.volumeNumbers(layout)
        if !FileSystem.exists(layout.catalog), !numbers.isEmpty {
            notices.append("the catalogue is missing: it is rebuilt from the volumes")
            let outcome = try Reindex.rebuild(layout) { _ in }
            damages = outcome.damages
            notices += outcome.closings
        }
        catalog = try Catalog(layout, .write)
        open = try Self.mend(layout, catalog, numbers, &notices, &damages)
        self.notices = notices
        self.damages = damages
        try checkFormat(format)
    }

    /// An archive keeps the format that it began with: lists in volumes cannot point into mbox files.
    private func checkFormat(_ format: ArchiveFormat) throws {
        guard let found = try catalog.holdsMboxMail(), found != (format == .mbox) else { return }
        throw ArchiveError(
            .otherFormat, layout.root,
            "this archive is in the format \"\(found ? "mbox" : "tar")\": set `format` so, or another `path`")
    }

    private static func mend(
        _ layout: ArchiveLayout, _ catalog: Catalog, _ numbers: [Int], _ notices: inout [String],
        _ damages: inout [String]
    ) throws -> OpenVolume {
        let known = try catalog.files()
        let sealed = try VolumeChecksums.read(layout)
        for file in known.values { try checkPresence(file, layout) }
        var rebuilder = Rebuilder(catalog)
        // Behind every volume that there is or ever was: a number is never used twice.
        let names = numbers + (Array(known.keys) + Array(sealed.keys)).compactMap(ArchiveLayout.volumeNumber(ofPath:))
        let next = OpenVolume(number: (names.max() ?? 0) + 1, committedLength: 0)
        var open = next
        for number in numbers {
            let file = ArchiveLayout.volume(number)
            let committed = known[file]
            if let committed, committed.state != .open { continue }
            let length = try File(layout.path(file), .read).length()
            if sealed[file] != nil {
                let outcome = try rebuilder.ingest(file, from: committed?.length ?? 0, state: .sealed)
                damages += outcome.damages + outcome.tailDamages
                try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
                continue
            }
            guard try committed != nil || length == 0 || MemberChain.beginsLikeMember(layout.path(file)) else {
                damages.append("\(file): this is no volume of ours; it is left as it is")
                open = next
                continue
            }
            // A volume that the catalogue does not know was begun by a run that never came to its first commit point.
            let committedLength = committed?.length ?? 0
            open = OpenVolume(number: number, committedLength: committedLength)
            guard length > committedLength else { continue }
            let tail = try VolumeTail(layout, file: file, from: committedLength)
            let end = tail.isUnfinished ? tail.wholeEnd : length
            try makeDurable(layout.path(file), from: committedLength, to: end)
            let outcome = try rebuilder.ingest(file, from: committedLength, to: end, state: .open)
            if !outcome.damages.isEmpty || outcome.goesOnBehindTailDamage {
                // Whole groups lie behind damage: nothing is cut off, and nothing more is written there.
                damages += outcome.damages + outcome.tailDamages
                try catalog.commit(files: [CatalogGroup.File(path: file, length: outcome.goodLength, state: .closed)])
                open = next
                continue
            }
            open = OpenVolume(number: number, committedLength: outcome.goodLength)
            notices.append(
                "\(file): \(outcome.messageCount) messages behind the last commit point were whole and are kept, "
                    + "\(length - outcome.goodLength) bytes are cut off")
        }
        for file in sealed.keys where file.hasPrefix("mbox/") && known[file]?.state == .open {
            guard FileSystem.exists(layout.path(file)) else { continue }
            let length = try File(layout.path(file), .read).length()
            try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
        }
        return open
    }

    /// Nothing may be deduplicated against mail that is not there any more.
    private static func checkPresence(_ file: CatalogGroup.File, _ layout: ArchiveLayout) throws {
        let path = layout.path(file.path)
        let length = FileSystem.exists(path) ? try File(path, .read).length() : 0
        guard length < file.length else { return }
        throw ArchiveError(
            .damaged, path,
            "it has \(length) bytes where \(file.length) were written: bring it back from a copy, or run "
                + "`mailcask reindex \(layout.root)` to go on without what is missing")
    }

    /// What is about to be called durable in the catalogue must be so first: on the disk, whatever an earlier run could
    /// not flush.
    static func makeDurable(_ path: String, from start: UInt64, to end: UInt64) throws {
        let file = try File(path, .readWrite)
        try file.rewrite(from: start, to: end)
        try file.sync()
        try FileSystem.syncDirectory(FileSystem.parent(of: path))
    }
}
