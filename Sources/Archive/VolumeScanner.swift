import CLibArchive
package import Mail
import Platform

/// An entry of a volume, read through.
package struct ScannedEntry: Sendable {
    package let path: String
    /// Where its content lies.
    package let place: Place
    /// SHA-256 of its content.
    package let digest: Digest
    /// The content of lists and records; `nil` for mail.
    package let text: [UInt8]?
    /// Where the members that hold it end in the file: after a record, the end of a whole group.
    package let memberEnd: UInt64

    /// Whether it is a record.
    package var isRecord: Bool { path.hasPrefix("runs/") && text != nil }

    /// For people: `runs/RUN/0001.jsonl in volumes/000001.tar.gz`.
    package var name: String { "\(path) in \(place.file)" }

    /// The segments that a list names, in their order.
    /// - Throws: `ArchiveError.damaged` for a path that is none of a part or a whole message.
    package func listedSegments() throws -> [Digest] {
        var digests: [Digest] = []
        for line in TextLines(text ?? []) {
            let path = String(decoding: line.prefix(1000), as: UTF8.self)
            guard let digest = ArchiveLayout.digest(ofContent: path[...]) else {
                let shown = String(path.prefix(100).map { $0.isASCII && !$0.isNewline && $0 >= " " ? $0 : "?" })
                throw ArchiveError(.damaged, self.path, "the name \(shown) is none that mailcask gives")
            }
            digests.append(digest)
        }
        return digests
    }
}

/// Reads a volume from some member on, entry by entry, without the catalogue. One thread at a time.
package final class VolumeScanner {
    /// The members given to libarchive: where in the tar stream and in the file each begins.
    private struct Member {
        let streamOffset: UInt64
        let fileOffset: UInt64
        let fileEnd: UInt64
    }

    /// What libarchive's read callback works on.
    private final class Source {
        let file: File
        let inflater = MemberInflater()
        let end: UInt64
        var members: [Member] = []
        var streamOffset: UInt64 = 0
        var fileOffset: UInt64
        var failure: (any Error)?

        init(_ path: String, from offset: UInt64, to end: UInt64?) throws {
            file = try File(path, .read)
            self.end = try min(end ?? .max, file.length())
            fileOffset = offset
        }

        /// The next member, or `nil` at the end.
        func next() throws -> UnsafeRawBufferPointer? {
            guard fileOffset < end else { return nil }
            let (raw, storedByteCount) = try inflater.inflate(file, at: fileOffset)
            let fileEnd = fileOffset + UInt64(storedByteCount)
            if members.count > 4096 { members.removeFirst(2048) }
            members.append(Member(streamOffset: streamOffset, fileOffset: fileOffset, fileEnd: fileEnd))
            streamOffset += UInt64(raw.count)
            fileOffset = fileEnd
            return raw
        }
    }

    /// What one thread reads of a volume at a time: the entries of so much wait in memory, for each thread twice.
    package static let pieceByteCount: UInt64 = 1 << 20
    private static let textByteLimit = 256 << 20

    private let relative: String
    private let source: Source
    private let archive: OpaquePointer
    private let buffer: UnsafeMutableRawBufferPointer
    private let isEmpty: Bool
    private var isOpen = false
    /// The entry that is being read; `nil` between two.
    private(set) var openPath: String?

    /// - Parameters:
    ///   - offset: where a member begins, at the start of a group.
    ///   - end: where to stop; `nil` for the end of the file.
    /// - Throws: `FileError`, `ArchiveError`.
    package init(_ layout: ArchiveLayout, file: String, from offset: UInt64 = 0, to end: UInt64? = nil) throws {
        relative = file
        source = try Source(layout.path(file), from: offset, to: end)
        guard let archive = archive_read_new() else { throw ArchiveError(.library, file, "out of memory") }
        self.archive = archive
        buffer = .allocate(byteCount: 256 << 10, alignment: 16)
        isEmpty = source.fileOffset >= source.end
        archive_read_support_format_tar(archive)
        archive_read_support_format_empty(archive)
    }

    deinit {
        archive_read_free(archive)
        buffer.deallocate()
    }

    /// The next entry, read and digested; `nil` at the end.
    /// - Throws: `ArchiveError.damaged`, `FileError`. Nothing can be read behind a failure.
    package func next() throws -> ScannedEntry? {
        guard !isEmpty else { return nil }
        if !isOpen { try open() }
        var entry: OpaquePointer?
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF {
            guard source.fileOffset >= source.end else {
                throw ArchiveError(.damaged, relative, "tar's end of archive stands before \(source.fileOffset)")
            }
            return nil
        }
        guard status == ARCHIVE_OK, let entry else { throw failure() }
        let path = archive_entry_pathname(entry).map { String(cString: $0) } ?? ""
        let size = UInt64(max(0, archive_entry_size(entry)))
        let start = UInt64(archive_read_header_position(archive)) + 512
        let isText = path.hasSuffix(".parts") || path.hasSuffix(".jsonl")
        guard !isText || size <= Self.textByteLimit else {
            throw ArchiveError(.damaged, relative, "\(path) is too large for what it is")
        }
        // Extensions of the format could make an entry of any length of a few bytes.
        guard archive_entry_filetype(entry) == S_IFREG, archive_entry_sparse_count(entry) == 0 else {
            throw ArchiveError(.damaged, relative, "\(path) is no regular file")
        }
        openPath = path
        let first = try member(at: size > 0 ? start : start - 1, or: start - 1)
        let (digest, text) = try readContent(keep: isText)
        let last = try member(at: size > 0 ? start + size - 1 : start - 1, or: start - 1)
        let place = Place(
            file: relative, memberOffset: first.fileOffset, innerOffset: UInt32(start - first.streamOffset),
            length: size)
        openPath = nil
        return ScannedEntry(path: path, place: place, digest: digest, text: text, memberEnd: last.fileEnd)
    }

    /// Reads a volume through, on all processors; behind damage it goes on with the next member that can be read on from.
    /// - Parameters:
    ///   - body: gets each entry, in order, on this thread; an `ArchiveError.damaged` of its own counts as damage of the
    ///     volume.
    ///   - damage: gets what could not be read, and whether anything behind it can.
    /// - Throws: `FileError`, all other errors of `body`.
    package static func walk(
        _ layout: ArchiveLayout, file: String, from offset: UInt64 = 0, to end: UInt64? = nil,
        pieceByteCount: UInt64 = VolumeScanner.pieceByteCount, _ body: (ScannedEntry) throws -> Void,
        damage: (_ error: ArchiveError, _ goesOn: Bool) -> Void
    ) throws {
        var start: UInt64? = offset
        while let from = start,
            let pieces = try VolumePieces(layout, file: file, from: from, to: end, byteCount: pieceByteCount)
        {
            var refused: (entry: ScannedEntry, error: ArchiveError)?
            start = try pieces.forEachEntry { entry in
                do { try body(entry) } catch let error as ArchiveError where error.code == .damaged {
                    refused = (entry, error)
                }
                return refused == nil
            }
            guard let refused else { break }
            start = try VolumeScanner(layout, file: file, from: refused.entry.memberEnd, to: end).nextEntryStart()
            damage(refused.error, start != nil)
        }
        while let from = start {
            let scanner = try VolumeScanner(layout, file: file, from: from, to: end)
            do {
                while let entry = try scanner.next() { try body(entry) }
                start = nil
            } catch let error as ArchiveError where error.code == .damaged {
                start = try scanner.nextEntryStart()
                damage(error, start != nil)
            }
        }
    }

    /// The end of what could be read: where the member begins that could not, if it is one.
    var position: UInt64 { source.fileOffset }

    /// Behind damage: where the next member begins that inflates and starts with a tar header; `nil` when none does.
    ///
    /// Entries begin with members of their own or share one from its start, so reading can go on there.
    func nextEntryStart() throws -> UInt64? {
        let tag = tag
        // A member that does not inflate is stepped over; behind a broken tar stream the next one may be good.
        var position = source.failure == nil ? source.fileOffset : source.fileOffset + 1
        while let found = try MemberChain.nextMagic(in: source.file, from: position), found < source.end {
            if beginsEntry(at: found, tag) { return found }
            position = found + 1
        }
        return nil
    }

    /// Whether a whole member begins here, and an entry with it.
    private func beginsEntry(at offset: UInt64, _ tag: UInt32?) -> Bool {
        guard let (raw, _) = try? source.inflater.inflate(source.file, at: offset), raw.count >= 512,
            raw[257..<262].elementsEqual("ustar".utf8)
        else { return false }
        guard let mark = try? MemberMark(in: source.file, at: offset), mark.start == .entry else { return false }
        return tag == nil || mark.tag == tag
    }

    /// What the members of the file are marked with: the last one that was read, else the first one; `nil` where that has
    /// no header.
    private var tag: UInt32? {
        try? MemberMark(in: source.file, at: source.members.last?.fileOffset ?? 0)?.tag
    }

    /// Gives the stream to libarchive, which looks at its beginning at once.
    private func open() throws {
        isOpen = true
        let status = archive_read_open2(
            archive, Unmanaged.passUnretained(source).toOpaque(), nil,
            { _, context, output in
                let source = Unmanaged<Source>.fromOpaque(context!).takeUnretainedValue()
                do {
                    guard let raw = try source.next() else { return 0 }
                    output!.pointee = raw.baseAddress
                    return raw.count
                } catch {
                    source.failure = error
                    return -1
                }
            }, nil, nil)
        guard status == ARCHIVE_OK else { throw failure() }
    }

    private func readContent(keep: Bool) throws -> (Digest, [UInt8]?) {
        var stream = DigestStream()
        var text: [UInt8]? = keep ? [] : nil
        while true {
            let count = archive_read_data(archive, buffer.baseAddress!, buffer.count)
            if count == 0 { return (stream.finish(), text) }
            guard count > 0 else { throw failure() }
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            stream.update(bytes)
            text?.append(contentsOf: bytes)
        }
    }

    /// The member that holds a byte of the tar stream, or else another byte: content that begins in a member not read
    /// yet is placed behind the end of its header's.
    private func member(at streamOffset: UInt64, or other: UInt64) throws -> Member {
        let found =
            source.members.last { $0.streamOffset <= streamOffset && streamOffset < source.streamOffset }
            ?? source.members.last { $0.streamOffset <= other }
        guard let found else { throw ArchiveError(.damaged, relative, "an entry is longer than can be followed") }
        return found
    }

    private func failure() -> any Error {
        if let failure = source.failure { return failure }
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return ArchiveError(.damaged, relative, "the tar stream before \(source.fileOffset) is damaged: \(reason)")
    }
}
