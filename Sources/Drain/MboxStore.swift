import Archive
import Catalog
import Mail

/// Stores messages in one mbox file per account, each message once per account. The records go into volumes.
final class MboxStore: MessageStore {
    private let layout: ArchiveLayout
    private let catalog: Catalog
    private let pool: CompressionPool
    private let fileByteLimit: UInt64
    private let records: VolumeStore
    private let sealer: VolumeSealer
    private let numbers: MboxNumbers
    private var writers: [String: MboxWriter] = [:]
    private var handles: [PendingGroup.Holding: MboxWriter.Handle] = [:]
    private var isHeld = false

    /// - Parameter fileByteLimit: an mbox file that has reached it is sealed.
    init(
        _ layout: ArchiveLayout, _ catalog: Catalog, pool: CompressionPool, open: OpenVolume, fileByteLimit: UInt64
    ) throws {
        self.fileByteLimit = fileByteLimit
        self.layout = layout
        self.catalog = catalog
        self.pool = pool
        records = try VolumeStore(layout, catalog, pool: pool, open: open)
        sealer = VolumeSealer(layout, catalog)
        numbers = try MboxNumbers(layout)
    }

    func add(
        _ message: IncomingMessage, account: String, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        let writer = try writer(of: account)
        let time = message.time
        let holding = PendingGroup.Holding(account: account, message: message.digest)
        handles[holding] = try writer.add(message, time: time)
        if try group.segments(of: message.digest) == nil && !catalog.hasMessage(message.digest) {
            let segments = message.size == 0 ? [] : [message.digest]
            group.add(
                message.digest, PendingGroup.Message(size: message.size, segments: segments, facts: message.facts))
        }
        return (writer.fileOfNext, message.size)
    }

    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> WrittenGroup {
        var record = record
        var places: [Digest: Place] = [:]
        var files = try record.files.map { file in
            let known = try catalog.files(prefix: file.path)[file.path]
            return CatalogGroup.File(
                path: file.path, length: file.length, state: known?.state == .sealed ? .sealed : .open)
        }
        for account in Set(handles.keys.map(\.account)).sorted() {
            guard let writer = writers[account] else { continue }
            try writer.flush()
            try writer.sync()
            writer.isFull = writer.length >= fileByteLimit
            record.files.append(GroupRecord.File(path: writer.file, length: writer.length))
            files.append(CatalogGroup.File(path: writer.file, length: writer.length, state: .open))
        }
        for index in record.messages.indices {
            let message = record.messages[index]
            let holding = PendingGroup.Holding(account: message.account, message: message.digest)
            if let handle = handles[holding], let writer = writers[message.account] {
                record.messages[index].place = writer.place(of: handle)
            }
            if let place = record.messages[index].place, places[message.digest] == nil {
                places[message.digest] = place
            }
        }
        // The mail is durable already: no record may tell of what a crash could take away.
        var written = try records.finish(group, record, number: number)
        written.rows.files += files
        written.rows.segments = places.map { CatalogGroup.Segment(digest: $0.key, place: $0.value) }
        handles.removeAll(keepingCapacity: true)
        return written
    }

    func hold(_ isHeld: Bool) {
        self.isHeld = isHeld
        records.hold(isHeld)
        for writer in writers.values { writer.isHeld = isHeld }
    }

    func seal(_ limit: UInt64) throws {
        try records.seal(limit)
        for writer in writers.values where writer.isFull {
            try sealer.seal(writer.file, writer.digest(), length: writer.length)
            // The next file is made with its first message: zcat complains of an empty one.
            try writer.beginNextFile()
        }
        // A job of thousands of accounts must not hold thousands of files open.
        if writers.count > 256 { writers = writers.filter { !$0.value.isFlushed } }
    }

    /// The account's newest file, opened where the catalogue says that it is good, or one behind all there are and were.
    private func writer(of account: String) throws -> MboxWriter {
        if let writer = writers[account] { return writer }
        let known = try catalog.files(prefix: "mbox/\(SafeName.escaped(account))/")
        let number = try numbers.highest(of: account, known.keys)
        let newest = known[ArchiveLayout.mbox(account: account, number)].flatMap { $0.state == .open ? $0 : nil }
        let writer = try MboxWriter(
            layout, account: account, number: newest == nil ? number + 1 : number,
            committedLength: newest?.length ?? 0, pool: pool)
        writer.isHeld = isHeld
        writers[account] = writer
        return writer
    }
}
