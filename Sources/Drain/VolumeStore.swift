import Archive
import Catalog
import Mail
import Platform

/// Stores messages in volumes, each segment once.
final class VolumeStore: MessageStore {
    private let layout: ArchiveLayout
    private let catalog: Catalog
    private let pool: CompressionPool
    private let sealer: VolumeSealer
    private var volume: VolumeWriter
    /// Segments of the open group.
    private var handles: [Digest: VolumeWriter.Handle] = [:]

    init(_ layout: ArchiveLayout, _ catalog: Catalog, pool: CompressionPool, open: OpenVolume) throws {
        self.layout = layout
        self.catalog = catalog
        self.pool = pool
        sealer = VolumeSealer(layout, catalog)
        volume = try VolumeWriter(layout, number: open.number, committedLength: open.committedLength, pool: pool)
    }

    func add(
        _ message: IncomingMessage, account: String, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        let time = message.time
        let isOwnEntry = try isOwnEntryStored(message.digest, account, group)
        if !isOwnEntry, let segments = try knownSegments(of: message.digest, group) {
            let path = ArchiveLayout.list(account: account, message.digest)
            try volume.addList(path: path, try segments.map { try self.path(of: $0, group) }, time: time)
            return (path, 0)
        }
        let stored: (path: String, storedOctets: UInt64)
        if try isOwnEntry || isKeptWhole(message) {
            let path = ArchiveLayout.whole(account: account, message.digest)
            handles[message.digest] = try volume.addWhole(path: path, message)
            group.addWhole(message.digest, path: path)
            stored = (path, message.size)
        } else {
            stored = try addSegments(of: message, account: account, time: time, group)
        }
        guard try knownSegments(of: message.digest, group) == nil else { return stored }
        let segments = message.segments.map(\.digest)
        group.add(
            message.digest, PendingGroup.Message(size: message.size, segments: segments, facts: message.facts))
        return stored
    }

    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> CatalogGroup {
        var record = record
        record.previous = try catalog.lastRecord()
        let digest = try volume.finishGroup(record, group: number)
        try volume.sync()
        var rows = CatalogGroup(record: record)
        rows.recordDigest = digest
        rows.files = [CatalogGroup.File(path: volume.file, length: volume.length, state: .open)]
        rows.segments = handles.map {
            CatalogGroup.Segment(
                digest: $0.key, place: volume.place(of: $0.value), entry: group.wholePaths[$0.key])
        }
        rows.messages = CatalogGroup.Message.rows(of: group)
        handles.removeAll(keepingCapacity: true)
        return rows
    }

    func seal(_ limit: UInt64) throws {
        guard volume.length >= limit else { return }
        try volume.finishVolume()
        try sealer.seal(volume.file, length: volume.length)
        try volume.makeReadOnly()
        volume = try VolumeWriter(layout, number: volume.number + 1, committedLength: 0, pool: pool)
    }

    // MARK: - Segments

    private func addSegments(
        of message: IncomingMessage, account: String, time: Int64, _ group: PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        var storedOctets: UInt64 = 0
        var paths: [String] = []
        for segment in message.segments {
            if try !isStored(segment.digest) {
                handles[segment.digest] = try volume.addPart(segment, of: message)
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
        try group.wholePaths[message] == nil && catalog.hasSegment(message)
            && catalog.entry(of: message) == ArchiveLayout.whole(account: account, message)
    }

    /// A message of one segment is kept whole, unless that very segment is stored already.
    private func isKeptWhole(_ message: IncomingMessage) throws -> Bool {
        guard message.segments.count <= 1 else { return false }
        return try message.segments.isEmpty || !isStored(message.digest)
    }

    private func isStored(_ segment: Digest) throws -> Bool {
        try handles[segment] != nil || catalog.hasSegment(segment)
    }

    /// The segments of a message that is stored already, for any account.
    private func knownSegments(of message: Digest, _ group: PendingGroup) throws -> [Digest]? {
        if let pending = group.messages[message] { return pending.segments.isEmpty ? [message] : pending.segments }
        guard let segments = try catalog.segments(of: message) else { return nil }
        return segments.isEmpty ? [message] : segments
    }

    /// The file of a stored segment: a part, or the message that consists of nothing else.
    private func path(of segment: Digest, _ group: PendingGroup) throws -> String {
        if let path = group.wholePaths[segment] { return path }
        return try handles[segment] == nil ? catalog.entry(of: segment) : ArchiveLayout.part(segment)
    }
}

extension CatalogGroup.Message {
    /// The rows of a group's new messages, in the order of their arrival.
    static func rows(of group: PendingGroup) -> [CatalogGroup.Message] {
        group.messageOrder.compactMap { digest in
            group.messages[digest].map {
                CatalogGroup.Message(digest: digest, size: $0.size, segments: $0.segments, facts: $0.facts)
            }
        }
    }
}
