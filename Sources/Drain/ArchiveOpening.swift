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
        var notices = try RepackSwitch.settle(layout)
        if let holder = lock.staleHolder { notices.append("an earlier run (\(holder)) ended without saying goodbye") }
        var damages: [String] = []
        let numbers = try ArchiveFolder.volumeNumbers(layout)
        catalog = try Self.openCatalog(lock, layout, isNew: numbers.isEmpty, &notices, &damages)
        open = try Self.mend(lock, layout, catalog, numbers, &notices, &damages)
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

    /// The catalogue; made anew from the volumes where it is missing or of an earlier version.
    static func openCatalog(
        _ lock: ArchiveLock, _ layout: ArchiveLayout, isNew: Bool, _ notices: inout [String], _ damages: inout [String]
    ) throws -> Catalog {
        func rebuild(_ reason: String) throws {
            notices.append("the catalogue \(reason): it is rebuilt from the volumes")
            let outcome = try Reindex.rebuild(layout, isAfterCrash: lock.staleHolder != nil) { _ in }
            damages += outcome.damages
            notices += outcome.closings
        }
        if !FileSystem.exists(layout.catalog), !isNew { try rebuild("is missing") }
        do {
            let catalog = try Catalog(layout, .write)
            guard let file = try repackedFile(layout, catalog) else { return catalog }
            try catalog.close()
            try rebuild("is older than the last repack of \(file)")
        } catch let error as ArchiveError where error.code == .olderCatalogue {
            try rebuild("was made by an earlier mailcask")
        }
        return try Catalog(layout, .write)
    }

    /// A sealed file that is whole, and not the one that the catalogue knows: members begin elsewhere in it.
    private static func repackedFile(_ layout: ArchiveLayout, _ catalog: Catalog) throws -> String? {
        let sealed = try VolumeChecksums.readable(layout).digests
        return try catalog.files(prefix: "volumes/").values.first { file in
            let path = layout.path(file.path)
            guard let digest = sealed[file.path], file.state != .closed, FileSystem.exists(path) else { return false }
            let isOther =
                try file.isSealed
                ? File(path, .read).length() != file.length : !MemberChain.hasBoundary(path, at: file.length)
            return try isOther && VolumeChecksums.digest(of: path) == digest
        }?.path
    }

    /// Takes what a crash left behind the committed lengths.
    /// - Parameters:
    ///   - lock: tells whether the run before died or failed.
    ///   - allowsLoss: whether files may be missing or shorter than they were.
    static func mend(
        _ lock: ArchiveLock, _ layout: ArchiveLayout, _ catalog: Catalog, _ numbers: [Int], allowsLoss: Bool = false,
        _ notices: inout [String], _ damages: inout [String]
    ) throws -> OpenVolume {
        let known = try catalog.files()
        let sealed = try VolumeChecksums.readable(layout).digests
        if !allowsLoss {
            _ = try VolumeChecksums.read(layout)
            for file in known.values { try checkPresence(file, layout) }
        }
        var rebuilder = try Rebuilder(catalog)
        // Behind every volume that there is or ever was: a number is never used twice.
        let names = numbers + (Array(known.keys) + Array(sealed.keys)).compactMap(ArchiveLayout.volumeNumber(ofPath:))
        let next = OpenVolume(number: (names.max() ?? 0) + 1, committedLength: 0)
        var open = next
        var isInDoubt = false
        for number in numbers {
            let file = ArchiveLayout.volume(number)
            let committed = known[file]
            if let committed, committed.state != .open { continue }
            let length = try File(layout.path(file), .read).length()
            if sealed[file] != nil {
                let outcome = try rebuilder.ingest(file, from: committed?.length ?? 0, state: .sealed)
                damages += outcome.damages + outcome.tailDamages + outcome.mailDamages
                try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
                if committed == nil || outcome.groupCount > 0 {
                    notices.append("\(file): sealed, and the catalogue was older: it is taken in")
                }
                continue
            }
            guard try committed != nil || length == 0 || MemberChain.beginsLikeMember(layout.path(file)) else {
                damages.append("\(file): this is no volume of ours; it is left as it is")
                open = next
                continue
            }
            // A volume that the catalogue does not know was begun by a run that never came to its first commit point.
            let committedLength = committed?.length ?? 0
            // Only the newest volume is written when a run is stopped, and to none but it is ever appended.
            let isNewest = number == numbers.last
            open = isNewest ? OpenVolume(number: number, committedLength: committedLength) : next
            guard length > committedLength else { continue }
            let tail = try VolumeTail(
                layout, file: file, from: committedLength, behind: try catalog.lastRecord(),
                hasCatalogue: true)
            let isUnfinished = tail.isUnfinished && isNewest
            let end = isUnfinished ? tail.wholeEnd : length
            try makeDurable(layout.path(file), from: committedLength, to: end)
            let outcome = try rebuilder.ingest(file, from: committedLength, to: end, state: .open)
            damages += outcome.mailDamages
            guard isUnfinished, outcome.damages.isEmpty else {
                // Nothing is cut off, and nothing more is written there.
                damages += outcome.damages + outcome.tailDamages
                if outcome.goodLength < length {
                    damages.append(
                        "\(file): no record tells of what lies behind \(outcome.goodLength) of its \(length) bytes; it "
                            + "is left so, and `mailcask repair \(layout.root)` takes from it what is whole")
                }
                try catalog.commit(files: [CatalogGroup.File(path: file, length: outcome.goodLength, state: .closed)])
                (open, isInDoubt) = (next, true)
                continue
            }
            open = OpenVolume(number: number, committedLength: outcome.goodLength)
            notices.append(
                "\(file): \(outcome.messageCount) messages behind the last commit point were whole and are kept, "
                    + "\(length - outcome.goodLength) bytes are cut off")
        }
        let mboxes = try catalog.files(prefix: "mbox/")
        for file in sealed.keys.sorted() where ArchiveLayout.isMbox(file) && mboxes[file]?.state ?? .open == .open {
            guard FileSystem.exists(layout.path(file)) else { continue }
            let (told, length) = (mboxes[file]?.length ?? 0, try File(layout.path(file), .read).length())
            if told < length {
                damages.append("\(file): no record tells of what lies behind \(told) of its \(length) bytes")
            }
            try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
        }
        var closing = FileClosing(catalog)
        if lock.staleHolder == nil || isInDoubt {
            // No run was interrupted, or it is not known how much of the mbox files the records told of.
            try closing.closeMboxFiles()
        } else {
            try closing.cutMboxFiles(sealed: Set(sealed.keys))
        }
        damages += closing.damages
        notices += closing.notices
        lock.leaveNothing()
        return open
    }

    /// Nothing may be deduplicated against mail that is not there any more.
    private static func checkPresence(_ file: CatalogGroup.File, _ layout: ArchiveLayout) throws {
        let path = layout.path(file.path)
        let length = FileSystem.exists(path) ? try File(path, .read).length() : 0
        guard length < file.length else { return }
        throw ArchiveError(
            .damaged, path,
            "it has \(length) bytes where \(file.length) were written: bring it back from a copy; or let "
                + "`mailcask repair \(layout.root)` save what else holds its mail, or `mailcask reindex \(layout.root)` "
                + "go on without it")
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
