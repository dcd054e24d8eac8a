import Archive
import Catalog
import Mail
import Platform

/// Stores messages in volumes, each segment once.
final class VolumeStore: MessageStore {
    private let catalog: Catalog
    private let sealer: VolumeSealer
    private var volume: VolumeWriter
    /// Segments of the open group.
    private var handles: [Digest: VolumeWriter.Handle] = [:]

    init(_ layout: ArchiveLayout, _ catalog: Catalog, pool: CompressionPool, open: OpenVolume) throws {
        self.catalog = catalog
        sealer = VolumeSealer(layout, catalog)
        volume = try VolumeWriter(layout, number: open.number, committedLength: open.committedLength, pool: pool)
    }

    func add(
        _ message: IncomingMessage, account: String, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        let time = message.time
        let isOwnEntry = try isOwnEntryStored(message.digest, account, group)
        // One of no octets has no part that a list could name.
        if !isOwnEntry, message.size > 0, let segments = try knownSegments(of: message.digest, group) {
            let path = ArchiveLayout.list(account: account, message.digest)
            try volume.addList(path: path, try segments.map { try self.path(of: $0, group) }, time: time)
            return (path, 0)
        }
        let stored: (path: String, storedOctets: UInt64)
        if try isOwnEntry || isKeptWhole(message, group) {
            let path = ArchiveLayout.whole(account: account, message.digest)
            handles[message.digest] = try volume.addWhole(path: path, message)
            group.addSegment(message.digest)
            group.addWhole(message.digest, path: path)
            stored = (path, message.size)
        } else {
            stored = try addSegments(of: message, account: account, time: time, to: &group)
        }
        guard try knownSegments(of: message.digest, group) == nil else { return stored }
        let segments = message.segments.map(\.digest)
        group.add(
            message.digest, PendingGroup.Message(size: message.size, segments: segments, facts: message.facts))
        return stored
    }

    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> WrittenGroup {
        var record = record
        record.previous = try catalog.lastRecord()
        let digest = try volume.finishGroup(record, group: number)
        var rows = CatalogGroup(record: record)
        rows.recordDigest = digest
        rows.files = [CatalogGroup.File(path: volume.file, length: volume.length, state: .open)]
        rows.segments = handles.map {
            CatalogGroup.Segment(
                digest: $0.key, place: volume.place(of: $0.value), entry: group.contents.wholePaths[$0.key])
        }
        rows.messages = CatalogGroup.Message.rows(of: group)
        handles.removeAll(keepingCapacity: true)
        return WrittenGroup(rows: rows, file: volume.flushedFile())
    }

    func hold(_ isHeld: Bool) { volume.isHeld = isHeld }

    func seal(_ limit: UInt64) throws {
        guard volume.length >= limit else { return }
        let digest = try volume.finishVolume()
        try sealer.seal(volume.file, digest, length: volume.length)
        try volume.beginNextVolume()
    }

    // MARK: - Segments

    private func addSegments(
        of message: IncomingMessage, account: String, time: Int64, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        var storedOctets: UInt64 = 0
        var paths: [String] = []
        for segment in message.segments {
            if try !isStored(segment.digest, group) {
                handles[segment.digest] = try volume.addPart(segment, of: message)
                group.addSegment(segment.digest)
                storedOctets += UInt64(segment.range.count)
                paths.append(ArchiveLayout.part(segment.digest))
            } else {
                paths.append(try path(of: segment.digest, group))
            }
        }
        let path = ArchiveLayout.list(account: account, message.digest)
        try volume.addList(path: path, paths, time: time)
        return (path, storedOctets)
    }

    /// Whether the account's own whole message lies in some volume, though the record that told so is lost. It is written
    /// again, since no list can name it: the message that is put together of a list gets that very name.
    private func isOwnEntryStored(_ message: Digest, _ account: String, _ group: PendingGroup) throws -> Bool {
        try group.wholePath(of: message) == nil && catalog.hasSegment(message)
            && catalog.entry(of: message) == ArchiveLayout.whole(account: account, message)
    }

    /// A message of one segment is kept whole, unless that very segment is stored already.
    private func isKeptWhole(_ message: IncomingMessage, _ group: PendingGroup) throws -> Bool {
        guard message.segments.count <= 1 else { return false }
        return try message.segments.isEmpty || !isStored(message.digest, group)
    }

    private func isStored(_ segment: Digest, _ group: PendingGroup) throws -> Bool {
        try group.hasSegment(segment) || catalog.hasSegment(segment)
    }

    /// The segments of a message that is stored already, for any account.
    private func knownSegments(of message: Digest, _ group: PendingGroup) throws -> [Digest]? {
        guard let segments = try group.segments(of: message) ?? catalog.segments(of: message) else { return nil }
        return segments.isEmpty ? [message] : segments
    }

    /// The file of a stored segment: a part, or the message that consists of nothing else.
    private func path(of segment: Digest, _ group: PendingGroup) throws -> String {
        if let path = group.wholePath(of: segment) { return path }
        return try group.hasSegment(segment) ? ArchiveLayout.part(segment) : catalog.entry(of: segment)
    }
}

extension CatalogGroup.Message {
    /// The rows of a group's new messages, in the order of their arrival.
    static func rows(of group: PendingGroup) -> [CatalogGroup.Message] {
        group.messages.map { digest, message in
            CatalogGroup.Message(
                digest: digest, size: message.size, segments: message.segments, facts: message.facts)
        }
    }
}
