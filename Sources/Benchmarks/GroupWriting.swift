import Archive
import Catalog
import Mail
import Platform

/// Writes messages in the order of a run, dealt to the accounts in turn: looked up, members appended, volume synced, one
/// transaction.
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
    private static let volumeByteLimit: UInt64 = 1 << 30

    private let accounts: [GroupRecord.Account]
    private let catalog: Catalog
    private let volume: VolumeWriter
    private var handles: [Digest: VolumeWriter.Handle] = [:]
    private var rows: [CatalogGroup.Message] = []
    private var record = GroupRecord(run: Self.run)
    private var octetCount: UInt64 = 0
    private var groupCount = 0
    private var storedBytes: UInt64 = 0
    private var messageCount = 0

    private static let run = GroupRecord.Run(id: "20260101T000000Z-000000", started: 1_767_225_600)

    /// Archives all messages and closes the catalogue.
    static func archive(
        _ messages: some Sequence<IncomingMessage>, _ layout: ArchiveLayout, _ compression: Compression,
        accountCount: Int = 1
    ) throws -> Counts {
        let pool = CompressionPool(compression)
        defer { pool.stop() }
        let catalog = try Catalog(layout, .write)
        var writing = GroupWriting(
            accountCount, catalog, try VolumeWriter(layout, number: 1, committedLength: 0, pool: pool))
        for message in messages { try writing.add(message) }
        try writing.commit()
        try catalog.close()
        return Counts(
            groups: writing.groupCount, storedBytes: writing.storedBytes + writing.volume.length,
            catalogBytes: try File(layout.catalog, .read).length())
    }

    private init(_ accountCount: Int, _ catalog: Catalog, _ volume: VolumeWriter) {
        accounts = (0..<accountCount).map {
            GroupRecord.Account(name: "bench\($0)", host: "localhost", port: 995, user: "bench")
        }
        self.catalog = catalog
        self.volume = volume
    }

    private mutating func add(_ message: IncomingMessage) throws {
        let account = accounts[messageCount % accounts.count].name
        messageCount += 1
        guard try catalog.holding(message.digest, account: account) == nil else { return }
        guard try catalog.segments(of: message.digest) == nil else { return }
        let path: String
        if message.segments.count <= 1 {
            path = ArchiveLayout.whole(account: account, message.digest)
            handles[message.digest] = try volume.addWhole(path: path, message)
        } else {
            path = ArchiveLayout.list(account: account, message.digest)
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
                account: account, uniqueID: Array("u\(message.digest.hex.prefix(16))".utf8),
                digest: message.digest, size: message.size, path: path, archived: Self.run.started))
        octetCount += message.size
        if octetCount >= Self.octetLimit || rows.count >= Self.messageLimit { try commit() }
    }

    private func isStored(_ digest: Digest) throws -> Bool { try catalog.hasSegment(digest) }

    private mutating func commit() throws {
        guard !rows.isEmpty else { return }
        groupCount += 1
        record.accounts = accounts
        let digest = try volume.finishGroup(record, group: groupCount)
        try volume.flushedFile()?.sync()
        var group = CatalogGroup(record: record)
        group.files = [CatalogGroup.File(path: volume.file, length: volume.length, state: .open)]
        group.segments = handles.map { CatalogGroup.Segment(digest: $0.key, place: volume.place(of: $0.value)) }
        group.messages = rows
        group.recordDigest = digest
        try catalog.commit(group)
        record.previous = digest
        handles.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
        record.messages.removeAll(keepingCapacity: true)
        octetCount = 0
        if volume.length >= Self.volumeByteLimit { try seal() }
    }

    private mutating func seal() throws {
        let digest = try volume.finishVolume()
        try VolumeChecksums.add(catalog.layout, file: volume.file, digest)
        try catalog.commit(files: [CatalogGroup.File(path: volume.file, length: volume.length, state: .sealed)])
        storedBytes += volume.length
        try volume.beginNextVolume()
    }
}
