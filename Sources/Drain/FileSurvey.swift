import Archive
import Catalog
import Mail
import Platform

/// Which files of an archive are not as they were written.
struct FileSurvey {
    private let layout: ArchiveLayout
    private let known: [String: CatalogGroup.File]
    /// The SHA-256 of each sealed file, as far as `manifest-sha256.txt` can be read.
    private(set) var sealed: [String: Digest]
    /// Lines of that list that cannot be read, and files that are missing in it.
    private(set) var listDamages: [String]
    /// What is wrong with a file, by its path relative to the root.
    private(set) var damages: [String: String] = [:]

    /// Reads all files through.
    /// - Parameter known: the files that the catalogue knows.
    /// - Throws: `FileError` where a disk cannot be read: nobody knows then what a file holds.
    init(_ layout: ArchiveLayout, _ known: [String: CatalogGroup.File], progress: (String) -> Void) throws {
        self.layout = layout
        self.known = known
        let (sealed, unreadable) = try VolumeChecksums.readable(layout)
        self.sealed = sealed
        listDamages = unreadable.map(\.description)
        let onDisk = try ArchiveFolder.volumeNumbers(layout).map(ArchiveLayout.volume)
        for file in Set(known.keys).union(sealed.keys).union(onDisk).sorted() {
            progress("\(file): reading")
            if let damage = try damage(of: file) {
                damages[file] = damage
            } else if let known = known[file], known.isSealed, sealed[file] == nil {
                self.sealed[file] = try VolumeChecksums.digest(of: layout.path(file))
                listDamages.append("\(file): sealed, but not in manifest-sha256.txt; it is whole, and listed again")
            }
        }
    }

    /// Notes that a file is whole again.
    mutating func restored(_ file: String) { damages[file] = nil }

    private func damage(of file: String) throws -> String? {
        let path = layout.path(file)
        guard FileSystem.exists(path) else { return known[file]?.length == 0 && sealed[file] == nil ? nil : "missing" }
        let length = try File(path, .read).length()
        let written = known[file]?.length ?? 0
        let lengths = "it has \(length) bytes where \(written) were written"
        if let digest = sealed[file] {
            let found = try VolumeChecksums.digest(of: path)
            if found == digest { return nil }
            return length < written ? lengths : "its SHA-256 is \(found), not \(digest)"
        }
        if length < written || known[file]?.isSealed == true && length > written { return lengths }
        return file.hasPrefix("volumes/") ? try damage(ofVolume: file) : try damage(ofMbox: file)
    }

    /// Up to its committed length a volume must be whole; one that is closed must be so to its end.
    private func damage(ofVolume file: String) throws -> String? {
        let known = known[file]
        let isClosed = known?.state == .closed
        // A file that begins otherwise is none of ours.
        let isKnown = (known?.length ?? 0) > 0
        guard try isKnown || MemberChain.beginsLikeMember(layout.path(file)) else { return nil }
        var found: String?
        var end: UInt64 = 0
        var endsWithRecord = true
        try VolumeScanner.walk(layout, file: file, to: isClosed ? nil : known?.length) { entry in
            endsWithRecord = entry.isRecord
            if entry.isRecord {
                _ = try GroupRecord(encoded: entry.text ?? [], path: entry.path)
                end = entry.memberEnd
            } else if entry.text != nil {
                _ = try entry.listedSegments()
            } else if ArchiveLayout.digest(ofContent: entry.path[...]) != entry.digest {
                throw ArchiveError(.damaged, file, "\(entry.path) holds other bytes than its name says")
            }
        } damage: { error, goesOn in
            if found == nil, goesOn || known != nil { found = error.description }
        }
        if found == nil, isClosed, !endsWithRecord { found = "no record tells of what lies behind \(end)" }
        return found
    }

    private func damage(ofMbox file: String) throws -> String? {
        if let known = known[file], known.state == .closed {
            let isWhole = try MboxScanner.walk(layout, file: file) { _ in }
            return isWhole ? nil : "it is damaged, or ends inside a message"
        }
        do {
            _ = try MemberChain.check(layout.path(file), to: known[file]?.length ?? 0)
            return nil
        } catch let error as ArchiveError where error.code == .damaged {
            return error.description
        }
    }
}
