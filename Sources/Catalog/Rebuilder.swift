package import Archive
package import Mail
import Platform

/// Takes groups from the volumes into the catalogue: after a crash the last ones, after a loss all of them.
///
/// A checkpoint counts when its message is whole: the account's own file of it and all its segments are there and hold
/// the bytes that their names say. One that is not is told as a loss and left out, so that a later drain fetches it
/// again. Used by one thread.
package struct Rebuilder {
    /// What a volume gave.
    package struct Outcome: Sendable {
        /// The end of the last whole group, in bytes.
        package var goodLength: UInt64
        package var groupCount = 0
        package var messageCount = 0
        /// What could not be read before `goodLength`.
        package var damages: [String] = []
        /// Checkpoints that do not count.
        package var losses: [Loss] = []
        /// Records that do not follow the one before them.
        package var breaks: [RecordChain.Break] = []
        /// What earlier repairs left in their records.
        package var repairs: [GroupRecord.Repair] = []
        /// What could not be read behind `goodLength`: after a crash, the group that was never finished.
        package var tailDamages: [String] = []
        /// Whether whole members stand behind that: then it is no torn tail, and must not be cut off.
        package var goesOnBehindTailDamage = false

        /// What else is lost or unsure, in words.
        package var mailDamages: [String] { breaks.map(\.description) + losses.map(\.description) }
    }

    /// A checkpoint of which something is missing.
    package struct Loss: Sendable, CustomStringConvertible {
        package let account: GroupRecord.Account
        package let message: GroupRecord.Message
        /// What its list names, where that can be read.
        package let segments: [Digest]?
        package let reason: String

        package var description: String {
            "message \(message.digest) of \(message.account) is lost: \(reason)"
        }
    }

    private let catalog: Catalog
    private let layout: ArchiveLayout
    private let excluded: Set<String>
    private let reader: MemberReader
    private var chain: RecordChain
    private var group = Group()
    /// What groups with damage in them hold: their record may be lost, and a later one may name it.
    private var unclaimed = Group()
    private let onRecord: (GroupRecord, ScannedEntry) throws -> Void

    /// The digest of a message of zero octets, which has no segments.
    private static let emptyDigest = Digest.of(UnsafeRawBufferPointer(start: nil, count: 0))

    /// What was seen since the last record.
    private struct Group {
        /// Where each segment is, and in which whole message if in one.
        var segments: [Digest: (place: Place, entry: String?)] = [:]
        /// Paths of whole messages.
        var wholes: Set<String> = []
        /// Lists by path: the segments of the message.
        var lists: [String: [Digest]] = [:]
    }

    /// - Parameters:
    ///   - excluded: files of mail that do not count, relative to the root.
    ///   - onRecord: gets each record as it was read.
    package init(
        _ catalog: Catalog, excluding excluded: Set<String> = [],
        onRecord: @escaping (GroupRecord, ScannedEntry) throws -> Void = { _, _ in }
    ) throws {
        self.catalog = catalog
        layout = catalog.layout
        self.excluded = excluded
        self.onRecord = onRecord
        reader = MemberReader(layout, tellsDiskErrors: true)
        chain = RecordChain(after: try catalog.lastRecord())
    }

    /// Reads a volume from `offset`, where a group begins, and commits what is whole; behind damage it goes on with the
    /// next whole member.
    /// - Parameter end: where to stop, behind a record; `nil` for the end of the file.
    /// - Throws: errors of the catalogue and of the disk; damage of the volume is part of the outcome.
    package mutating func ingest(
        _ file: String, from offset: UInt64, to end: UInt64? = nil, state: CatalogGroup.FileState
    ) throws -> Outcome {
        var outcome = Outcome(goodLength: offset)
        group = Group()
        try VolumeScanner.walk(layout, file: file, from: offset, to: end) { entry in
            if entry.isRecord {
                try close(with: entry, state, &outcome)
            } else {
                try add(entry, &outcome)
            }
        } damage: { error, goesOn in
            outcome.tailDamages.append(error.description)
            if goesOn { outcome.goesOnBehindTailDamage = true }
        }
        return outcome
    }

    private mutating func add(_ entry: ScannedEntry, _ outcome: inout Outcome) throws {
        if entry.text != nil {
            group.lists[entry.path] = try entry.listedSegments()
        } else if let digest = ArchiveLayout.digest(ofContent: entry.path[...]), digest == entry.digest {
            let isWhole = entry.path.hasPrefix("mail/")
            group.segments[digest] = (entry.place, isWhole ? entry.path : nil)
            if isWhole { group.wholes.insert(entry.path) }
        } else {
            outcome.tailDamages.append("\(entry.name) holds other bytes than its name says")
        }
    }

    /// A record: the group before it is whole.
    private mutating func close(
        with entry: ScannedEntry, _ state: CatalogGroup.FileState, _ outcome: inout Outcome
    ) throws {
        let record = try GroupRecord(encoded: entry.text ?? [], path: entry.path)
        if !outcome.tailDamages.isEmpty {
            unclaimed.lists.merge(group.lists) { $1 }
            unclaimed.wholes.formUnion(group.wholes)
        }
        outcome.damages += outcome.tailDamages
        outcome.tailDamages = []
        outcome.goesOnBehindTailDamage = false
        let file = CatalogGroup.File(path: entry.place.file, length: entry.memberEnd, state: state)
        outcome.messageCount += try commit(record, entry.digest, file, &outcome)
        outcome.goodLength = entry.memberEnd
        outcome.groupCount += 1
        group = Group()
        if let found = chain.add(entry.digest, previous: record.previous, name: entry.name) {
            outcome.breaks.append(found)
        }
        if let repair = record.repair { outcome.repairs.append(repair) }
        try onRecord(record, entry)
    }

    /// - Returns: how many checkpoints are good.
    private func commit(
        _ record: GroupRecord, _ digest: Digest, _ file: CatalogGroup.File, _ outcome: inout Outcome
    ) throws -> Int {
        var rows = CatalogGroup(record: record)
        rows.recordDigest = digest
        rows.record.messages = []
        var places = group.segments.mapValues(\.place)
        var isNew: Set<Digest> = []
        var held: Set<Holding> = []
        for message in record.messages {
            do {
                try checkOwnFile(of: message, isHeld: held.contains(Holding(message)), &places)
                if try !isNew.contains(message.digest) && !catalog.hasMessage(message.digest) {
                    rows.messages.append(try row(of: message, places))
                    isNew.insert(message.digest)
                }
                held.insert(Holding(message))
                rows.record.messages.append(message)
            } catch let error as ArchiveError where error.code == .damaged {
                outcome.losses.append(try loss(of: message, record, error))
            }
        }
        rows.files = try [file] + record.files.filter { !excluded.contains($0.path) }.compactMap(present)
        rows.segments = places.map {
            CatalogGroup.Segment(digest: $0.key, place: $0.value, entry: group.segments[$0.key]?.entry)
        }
        try catalog.commit(rows)
        return rows.record.messages.count
    }

    /// What an account holds, once.
    private struct Holding: Hashable {
        let account: String
        let message: Digest

        init(_ message: GroupRecord.Message) { (account, self.message) = (message.account, message.digest) }
    }

    private func list(of message: GroupRecord.Message) -> [Digest]? {
        group.lists[message.path] ?? unclaimed.lists[message.path]
    }

    private func isWhole(_ message: GroupRecord.Message) -> Bool {
        group.wholes.contains(message.path) || unclaimed.wholes.contains(message.path)
    }

    /// The account's own file of a message is in this group, or was in an earlier one.
    private func checkOwnFile(
        of message: GroupRecord.Message, isHeld: Bool, _ places: inout [Digest: Place]
    ) throws {
        if let place = message.place {
            try check(place, message)
            if places[message.digest] == nil { places[message.digest] = place }
        } else if list(of: message) == nil, !isWhole(message), !isHeld,
            try catalog.holding(message.digest, account: message.account) == nil
        {
            throw ArchiveError(.damaged, message.path, "the account's own file of this message is missing")
        }
    }

    private func loss(of message: GroupRecord.Message, _ record: GroupRecord, _ error: ArchiveError) throws -> Loss {
        guard let account = record.accounts.first(where: { $0.name == message.account }) else {
            throw ArchiveError(.damaged, message.path, "the record does not say which account this is")
        }
        return Loss(
            account: account, message: message, segments: list(of: message), reason: error.description)
    }

    /// A file of mail beside the volumes as far as it is there; `nil` when nothing of it is. One that is shorter than
    /// it was is never written to again.
    private func present(_ file: GroupRecord.File) throws -> CatalogGroup.File? {
        let path = layout.path(file.path)
        let length = FileSystem.exists(path) ? try File(path, .read).length() : 0
        guard length > 0 else { return nil }
        return CatalogGroup.File(
            path: file.path, length: min(length, file.length), state: length < file.length ? .closed : .open)
    }

    private func row(of message: GroupRecord.Message, _ places: [Digest: Place]) throws -> CatalogGroup.Message {
        let segments = try segments(of: message)
        var size: UInt64 = 0
        for digest in segments {
            guard let place = try places[digest] ?? catalog.place(of: digest) else {
                throw ArchiveError(.damaged, ArchiveLayout.part(digest), "this segment is missing")
            }
            size &+= place.length
        }
        if let place = message.place {
            try check(place, message)
        } else if size != message.size {
            throw ArchiveError(.damaged, message.path, "its segments have \(size) octets, not \(message.size)")
        }
        let facts = try facts(of: segments, places)
        return CatalogGroup.Message(digest: message.digest, size: message.size, segments: segments, facts: facts)
    }

    private func segments(of message: GroupRecord.Message) throws -> [Digest] {
        if message.digest == Self.emptyDigest { return [] }
        if message.place != nil || message.path.hasSuffix(".eml") { return [message.digest] }
        guard let list = list(of: message) else {
            throw ArchiveError(.damaged, message.path, "the list of this message's segments is missing")
        }
        guard message.path.hasSuffix("/\(message.digest.hex).parts") else {
            throw ArchiveError(.damaged, message.path, "this is the list of another message")
        }
        return list
    }

    /// An mbox has no digests in it: its messages are compared with the record's.
    private func check(_ place: Place, _ message: GroupRecord.Message) throws {
        guard !excluded.contains(place.file) else {
            throw ArchiveError(.damaged, place.file, "this file is set aside")
        }
        guard try reader.check(message.digest, at: place) == message.size else {
            throw ArchiveError(.damaged, place.file, "message \(message.digest) has not \(message.size) octets")
        }
    }

    /// The header facts, from the segment that a message begins with.
    private func facts(of segments: [Digest], _ places: [Digest: Place]) throws -> HeaderFacts {
        var start: [UInt8] = []
        if let digest = segments.first, let place = try places[digest] ?? catalog.place(of: digest) {
            let prefix = Place(
                file: place.file, memberOffset: place.memberOffset, innerOffset: place.innerOffset,
                length: min(place.length, 256 << 10))
            try reader.readMail(prefix) { start += $0 }
        }
        return start.withUnsafeBytes { HeaderFacts(headerBytes: $0) }
    }
}
