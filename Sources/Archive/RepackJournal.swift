package import Mail
import Platform

/// `repack.journal`: a sealed file is giving its name to one that holds the same members, compressed otherwise.
///
/// It is there from before the name changes until the catalogue and `manifest-sha256.txt` have followed. Lines of text:
/// `mailcask repack 1`, the path, the length and SHA-256 of the old file, those of the new one, and for each member its
/// length in the old file and in the new one.
package struct RepackJournal: Sendable, Equatable {
    /// A file as it was sealed.
    package struct Version: Sendable, Equatable {
        /// In bytes.
        package let length: UInt64
        package let digest: Digest

        package init(length: UInt64, digest: Digest) {
            self.length = length
            self.digest = digest
        }
    }

    /// How long a member is, in bytes.
    package struct Member: Sendable, Equatable {
        package let oldLength: UInt64
        package let newLength: UInt64
    }

    private static let title = "mailcask repack 1"
    /// Some 20 bytes for each member: enough for a volume of terabytes.
    private static let byteLimit = 1 << 30

    /// Relative to the archive's root.
    package let file: String
    package let old: Version
    /// Never of the same length as the old one: by it the two are told apart.
    package let new: Version
    /// In the order of the file.
    package let members: [Member]

    package init(file: String, old: Version, new: Version, members: [Member]) {
        precondition(old.length != new.length, "two versions of \(file) that nobody can tell apart")
        self.file = file
        self.old = old
        self.new = new
        self.members = members
    }

    /// Where the members begin: in the new file, by where they begin in the old one.
    package func newOffsets() -> [UInt64: UInt64] {
        var offsets: [UInt64: UInt64] = [:]
        offsets.reserveCapacity(members.count)
        var (old, new): (UInt64, UInt64) = (0, 0)
        for member in members {
            offsets[old] = new
            old += member.oldLength
            new += member.newLength
        }
        return offsets
    }

    /// The journal of an archive; `nil` when there is none.
    /// - Throws: `ArchiveError.damaged`, `FileError`.
    package static func read(_ layout: ArchiveLayout) throws -> RepackJournal? {
        guard FileSystem.exists(layout.repackJournal) else { return nil }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileSystem.contents(of: layout.repackJournal, byteLimit: byteLimit)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
        if let journal = RepackJournal(text: String(decoding: bytes, as: UTF8.self)) { return journal }
        throw ArchiveError(
            .damaged, layout.repackJournal,
            "a repack was interrupted, and its journal cannot be read: remove this file, and let "
                + "`mailcask repair \(layout.root)` put right what it was about")
    }

    /// Makes it durable.
    package func write(_ layout: ArchiveLayout) throws {
        var text = "\(Self.title)\n\(file)\n"
        for version in [old, new] { text += "\(version.length) \(version.digest.hex)\n" }
        for member in members { text += "\(member.oldLength) \(member.newLength)\n" }
        try FileSystem.replace(layout.repackJournal, with: Array(text.utf8))
    }

    /// Ends what it stands for, for good.
    package static func remove(_ layout: ArchiveLayout) throws {
        try FileSystem.remove(layout.repackJournal)
        try FileSystem.syncDirectory(layout.root)
    }

    /// `nil` unless every line is as it should be, and the members make up the files.
    init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 4, lines[0] == Self.title, lines.last == "",
            ArchiveLayout.volumeNumber(ofPath: String(lines[1])) != nil,
            let old = Version(line: lines[2]), let new = Version(line: lines[3]), old.length != new.length
        else { return nil }
        var members: [Member] = []
        var (oldEnd, newEnd): (UInt64, UInt64) = (0, 0)
        for line in lines[4...].dropLast() {
            let lengths = line.split(separator: " ").compactMap { UInt64($0) }
            guard lengths.count == 2, lengths.allSatisfy({ (1...UInt64(MemberSize.storedByteLimit)).contains($0) })
            else { return nil }
            members.append(Member(oldLength: lengths[0], newLength: lengths[1]))
            oldEnd += lengths[0]
            newEnd += lengths[1]
        }
        guard oldEnd == old.length, newEnd == new.length else { return nil }
        self.init(file: String(lines[1]), old: old, new: new, members: members)
    }
}

extension RepackJournal.Version {
    fileprivate init?(line: Substring) {
        let words = line.split(separator: " ")
        guard words.count == 2, let length = UInt64(words[0]), let digest = Digest(hex: words[1]) else { return nil }
        self.init(length: length, digest: digest)
    }
}
