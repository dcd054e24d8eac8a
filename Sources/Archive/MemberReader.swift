package import Mail
import Platform

/// Reads segments back from their places. One thread at a time; keeps the members it read last.
package final class MemberReader {
    private let layout: ArchiveLayout
    private let inflater = MemberInflater()
    private var files: [String: OpenFile] = [:]
    /// The last journal that was needed, and where the members of its file are now.
    private var repack: (journal: RepackJournal, newOffsets: [UInt64: UInt64])?
    private var cache: [CacheKey: [UInt8]] = [:]
    private var recent: [CacheKey] = []
    private let cachedMemberLimit: Int
    private let tellsDiskErrors: Bool

    /// A member of one version of a file.
    private struct CacheKey: Hashable {
        let file: String
        let fileLength: UInt64
        let offset: UInt64
    }

    private final class OpenFile {
        let file: File
        /// When it was opened.
        let length: UInt64

        init(_ file: consuming File, length: UInt64) {
            self.file = file
            self.length = length
        }
    }

    /// - Parameters:
    ///   - cachedMemberLimit: members of up to 256 KiB each.
    ///   - tellsDiskErrors: whether a file that is there and cannot be read throws its `FileError`. For those who give up
    ///     what is damaged, that is no damage.
    package init(_ layout: ArchiveLayout, cachedMemberLimit: Int = 16, tellsDiskErrors: Bool = false) {
        self.layout = layout
        self.tellsDiskErrors = tellsDiskErrors
        self.cachedMemberLimit = cachedMemberLimit
    }

    /// Gives the bytes at a place, in order, in chunks that are valid during the call.
    /// - Throws: `ArchiveError.damaged`, also where the file is missing or unreadable; `FileError` where that is told;
    ///   whatever `body` throws.
    package func read(_ place: Place, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let file = try open(place.file)
        if UInt64(place.innerOffset) + place.length <= UInt64(MemberSize.rawByteLimit) {
            let key = CacheKey(file: place.file, fileLength: file.length, offset: place.memberOffset)
            let member = try cachedMember(file, key)
            let end = Int(place.innerOffset) + Int(place.length)
            if end <= member.count {
                try member.withUnsafeBytes {
                    try body(UnsafeRawBufferPointer(rebasing: $0[Int(place.innerOffset)..<end]))
                }
                return
            }
        }
        var left = place.length
        var offset = place.memberOffset
        var skip = Int(place.innerOffset)
        while left > 0 {
            let (raw, storedByteCount) = try inflate(file, at: offset)
            guard skip < raw.count else {
                throw ArchiveError(.damaged, place.file, "the member at \(offset) is shorter than the catalogue says")
            }
            let take = Int(min(left, UInt64(raw.count - skip)))
            try body(UnsafeRawBufferPointer(rebasing: raw[skip..<skip + take]))
            left -= UInt64(take)
            offset += UInt64(storedByteCount)
            skip = 0
        }
    }

    /// The place in the version of the file that is there now, where a repack has put another one in its place.
    /// - Returns: `nil` when only the catalogue can tell, which has changed since.
    /// - Throws: as `read`.
    package func current(_ committed: CommittedPlace) throws -> Place? {
        let place = committed.place
        guard let sealedLength = committed.sealedLength else { return place }
        if try open(place.file).length == sealedLength { return place }
        files[place.file] = nil
        let length = try open(place.file).length
        if length == sealedLength { return place }
        func leads(_ journal: RepackJournal) -> Bool {
            journal.file == place.file && journal.old.length == sealedLength && journal.new.length == length
        }
        if repack.map({ leads($0.journal) }) != true {
            guard let journal = try? RepackJournal.read(layout), leads(journal) else { return nil }
            repack = (journal, journal.newOffsets())
        }
        guard let offset = repack?.newOffsets[place.memberOffset] else { return nil }
        return Place(file: place.file, memberOffset: offset, innerOffset: place.innerOffset, length: place.length)
    }

    /// Gives the bytes of mail at a place: those of an mbox without their quoting.
    package func readMail(_ place: Place, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard place.file.hasPrefix("mbox/") else { return try read(place, body) }
        var quoting = Mboxrd(.unquote)
        try read(place) { try quoting.consume($0, emit: body) }
        try quoting.finish(emit: body)
    }

    /// Compares what lies at a place with its digest.
    /// - Returns: its octets.
    /// - Throws: `ArchiveError.damaged`.
    @discardableResult
    package func check(_ digest: Digest, at place: Place) throws -> UInt64 {
        var stream = DigestStream()
        var octets: UInt64 = 0
        try readMail(place) {
            stream.update($0)
            octets += UInt64($0.count)
        }
        guard stream.finish() == digest else {
            throw ArchiveError(
                .damaged, layout.path(place.file),
                "the member at \(place.memberOffset) holds other bytes than were written")
        }
        return octets
    }

    private func cachedMember(_ file: OpenFile, _ key: CacheKey) throws -> [UInt8] {
        if let member = cache[key] { return member }
        let (raw, _) = try inflate(file, at: key.offset)
        // The memory of the oldest is used again: the system would give it back and map it anew each time.
        var member = recent.count >= cachedMemberLimit ? cache.removeValue(forKey: recent.removeFirst()) ?? [] : []
        member.removeAll(keepingCapacity: true)
        member.append(contentsOf: raw)
        cache[key] = member
        recent.append(key)
        return member
    }

    private func inflate(
        _ file: OpenFile, at offset: UInt64
    ) throws -> (raw: UnsafeRawBufferPointer, storedByteCount: Int) {
        do { return try inflater.inflate(file.file, at: offset) } catch let error as FileError {
            throw explained(error)
        }
    }

    private func open(_ relative: String) throws -> OpenFile {
        if let file = files[relative] { return file }
        if files.count >= 64 { files.removeAll() }
        do throws(FileError) {
            let file = try File(layout.path(relative), .read)
            let length = try file.length()
            let opened = OpenFile(file, length: length)
            files[relative] = opened
            return opened
        } catch {
            throw explained(error)
        }
    }

    /// Mail that cannot be read is damaged mail, and no reason to give up the rest.
    private func explained(_ error: FileError) -> any Error {
        if tellsDiskErrors, !error.isMissing { return error }
        return ArchiveError(.damaged, error.path, "this file of the archive cannot be used (\(error))")
    }
}
