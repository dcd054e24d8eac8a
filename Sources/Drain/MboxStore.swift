import Archive
import Catalog
import Mail

/// Stores messages in one mbox file per account, each message once per account. The records go into volumes.
final class MboxStore: MessageStore {
    private let layout: ArchiveLayout
    private let catalog: Catalog
    private let pool: CompressionPool
    private let records: VolumeStore
    private let sealer: VolumeSealer
    private var writers: [String: MboxWriter] = [:]
    private var handles: [PendingGroup.Holding: MboxWriter.Handle] = [:]

    init(_ layout: ArchiveLayout, _ catalog: Catalog, pool: CompressionPool, open: OpenVolume) throws {
        self.layout = layout
        self.catalog = catalog
        self.pool = pool
        records = try VolumeStore(layout, catalog, pool: pool, open: open)
        sealer = VolumeSealer(layout, catalog)
    }

    func add(
        _ message: IncomingMessage, account: String, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64) {
        let writer = try writer(of: account)
        let time = message.time
        let holding = PendingGroup.Holding(account: account, message: message.digest)
        handles[holding] = try writer.add(message, time: time)
        if try group.messages[message.digest] == nil && !catalog.hasMessage(message.digest) {
            let segments = message.size == 0 ? [] : [message.digest]
            group.add(
                message.digest, PendingGroup.Message(size: message.size, segments: segments, facts: message.facts))
        }
        return (writer.file, message.size)
    }

    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> CatalogGroup {
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
        var rows = try records.finish(group, record, number: number)
        rows.files += files
        rows.segments = places.map { CatalogGroup.Segment(digest: $0.key, place: $0.value) }
        handles.removeAll(keepingCapacity: true)
        return rows
    }

    func seal(_ limit: UInt64) throws {
        try records.seal(limit)
        for (account, writer) in writers where writer.length >= limit {
            try sealer.seal(writer.file, length: writer.length)
            try writer.makeReadOnly()
            // The next file is made with its first message: zcat complains of an empty one.
            writers[account] = nil
        }
        // A job of thousands of accounts must not hold thousands of files open.
        if writers.count > 256 { writers.removeAll() }
    }

    /// The account's newest file, opened where the catalogue says that it is good.
    private func writer(of account: String) throws -> MboxWriter {
        if let writer = writers[account] { return writer }
        let files = try catalog.files(prefix: "mbox/\(SafeName.escaped(account))/")
        let last = files.values.max { $0.path < $1.path }
        let number = last.flatMap { Int($0.path.suffix(14).prefix(6)) } ?? 1
        let writer =
            if let last, last.state == .open {
                try MboxWriter(
                    layout, account: account, number: number, committedLength: last.length, pool: pool)
            } else {
                try MboxWriter(
                    layout, account: account, number: last == nil ? 1 : number + 1, committedLength: 0, pool: pool)
            }
        writers[account] = writer
        return writer
    }
}
