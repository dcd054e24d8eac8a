import Archive
import Catalog
import Mail
import Platform

/// Writes messages of one account in the order of a run: looked up, members appended, volume synced, one transaction.
struct GroupWriting {
    /// What came of it.
    struct Counts {
        var groups = 0
        var storedBytes: UInt64 = 0
        var catalogBytes: UInt64 = 0
    }

    /// As the run's commit points.
    private static let octetLimit: UInt64 = 64 << 20
    private static let messageLimit = 4000
    private static let account = "bench"

    private let catalog: Catalog
    private let volume: VolumeWriter
    private var handles: [Digest: VolumeWriter.Handle] = [:]
    private var rows: [CatalogGroup.Message] = []
    private var record = GroupRecord(run: Self.run)
    private var octetCount: UInt64 = 0
    private var groupCount = 0

    private static let run = GroupRecord.Run(id: "20260101T000000Z-000000", started: 1_767_225_600)

    /// Archives all messages and closes the catalogue.
    static func archive(
        _ messages: [IncomingMessage], _ layout: ArchiveLayout, _ compression: Compression
    ) throws -> Counts {
        let pool = CompressionPool(compression)
        defer { pool.stop() }
        let catalog = try Catalog(layout, .write)
        var writing = GroupWriting(
            catalog: catalog, volume: try VolumeWriter(layout, number: 1, committedLength: 0, pool: pool))
        for message in messages { try writing.add(message) }
        try writing.commit()
        try catalog.close()
        return Counts(
            groups: writing.groupCount, storedBytes: writing.volume.length,
            catalogBytes: try File(layout.catalog, .read).length())
    }

    private init(catalog: Catalog, volume: VolumeWriter) {
        self.catalog = catalog
        self.volume = volume
    }

    private mutating func add(_ message: IncomingMessage) throws {
        guard try catalog.holding(message.digest, account: Self.account) == nil else { return }
        guard try catalog.segments(of: message.digest) == nil else { return }
        let path: String
        if message.segments.count <= 1 {
            path = ArchiveLayout.whole(account: Self.account, message.digest)
            handles[message.digest] = try volume.addWhole(path: path, message)
        } else {
            path = ArchiveLayout.list(account: Self.account, message.digest)
            for segment in message.segments where try handles[segment.digest] == nil && !isStored(segment.digest) {
                handles[segment.digest] = try volume.addPart(segment, of: message)
            }
            try volume.addList(
                path: path, message.segments.map { ArchiveLayout.part($0.digest) }, time: message.facts.received ?? 0)
        }
        rows.append(
            CatalogGroup.Message(
                digest: message.digest, size: message.size, segments: message.segments.map(\.digest),
                facts: message.facts))
        record.messages.append(
            GroupRecord.Message(
                account: Self.account, uniqueID: Array("u\(message.digest.hex.prefix(16))".utf8),
                digest: message.digest, size: message.size, path: path, archived: Self.run.started))
        octetCount += message.size
        if octetCount >= Self.octetLimit || rows.count >= Self.messageLimit { try commit() }
    }

    private func isStored(_ digest: Digest) throws -> Bool { try catalog.hasSegment(digest) }

    private mutating func commit() throws {
        guard !rows.isEmpty else { return }
        groupCount += 1
        record.accounts = [GroupRecord.Account(name: Self.account, host: "localhost", port: 995, user: "bench")]
        try volume.finishGroup(record, group: groupCount)
        try volume.flushedFile()?.sync()
        var group = CatalogGroup(record: record)
        group.files = [CatalogGroup.File(path: volume.file, length: volume.length, state: .open)]
        group.segments = handles.map { CatalogGroup.Segment(digest: $0.key, place: volume.place(of: $0.value)) }
        group.messages = rows
        try catalog.commit(group)
        handles.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        record.messages.removeAll(keepingCapacity: true)
        octetCount = 0
    }
}
