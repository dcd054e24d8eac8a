import Archive
import Mail
import Platform

/// Takes groups from the volumes into the catalogue: after a crash the last ones, after a loss all of them.
///
/// A checkpoint counts when its message is whole: its list and all its segments are there and hold the bytes that their
/// names say. One that is not is told as damage and left out, so that a later drain fetches it again. Used by one thread.
package struct Rebuilder {
    /// What a volume gave.
    package struct Outcome: Sendable {
        /// The end of the last whole group, in bytes.
        package var goodLength: UInt64
        package var groupCount = 0
        package var messageCount = 0
        /// What could not be read before `goodLength`, and which messages are lost with it.
        package var damages: [String] = []
        /// What could not be read behind it: after a crash, the group that was never finished.
        package var tailDamages: [String] = []
        /// Whether whole members stand behind that: then it is no torn tail, and must not be cut off.
        package var goesOnBehindTailDamage = false
    }

    private let catalog: Catalog
    private let layout: ArchiveLayout
    private let reader: MemberReader
    private var group = Group()

    /// The digest of a message of zero octets, which has no segments.
    private static let emptyDigest = Digest.of(UnsafeRawBufferPointer(start: nil, count: 0))

    /// What was seen since the last record.
    private struct Group {
        var segments: [Digest: Place] = [:]
        /// Lists by path: the segments of the message.
        var lists: [String: [Digest]] = [:]
    }

    package init(_ catalog: Catalog) {
        self.catalog = catalog
        layout = catalog.layout
        reader = MemberReader(layout)
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
        var start: UInt64? = offset
        while let from = start {
            let scanner = try VolumeScanner(layout, file: file, from: from, to: end)
            do {
                try ingest(scanner, file, state, &outcome)
                start = nil
            } catch let error as ArchiveError where error.code == .damaged {
                outcome.tailDamages.append(error.description)
                start = try scanner.nextEntryStart()
                if start != nil { outcome.goesOnBehindTailDamage = true }
            }
        }
        return outcome
    }

    private mutating func ingest(
        _ scanner: VolumeScanner, _ file: String, _ state: CatalogGroup.FileState, _ outcome: inout Outcome
    ) throws {
        while let entry = try scanner.next() {
            guard entry.path.hasPrefix("runs/"), let text = entry.text else {
                try add(entry, &outcome)
                continue
            }
            let record = try GroupRecord(encoded: text, path: entry.path)
            let row = CatalogGroup.File(path: file, length: entry.memberEnd, state: state)
            outcome.damages += outcome.tailDamages
            outcome.tailDamages = []
            outcome.goesOnBehindTailDamage = false
            outcome.messageCount += try commit(record, row, &outcome)
            outcome.goodLength = entry.memberEnd
            outcome.groupCount += 1
            group = Group()
        }
    }

    private mutating func add(_ entry: ScannedEntry, _ outcome: inout Outcome) throws {
        if let text = entry.text {
            let paths = String(decoding: text, as: UTF8.self).split(separator: "\n")
            group.lists[entry.path] = try paths.map { try Self.digest(inPath: $0, of: entry.path) }
        } else {
            let digest = try Self.digest(inPath: entry.path[...], of: entry.path)
            if digest == entry.digest {
                group.segments[digest] = entry.place
            } else {
                outcome.tailDamages.append("\(entry.place.file): \(entry.path) holds other bytes than its name says")
            }
        }
    }

    /// - Returns: how many checkpoints are good.
    private func commit(
        _ record: GroupRecord, _ file: CatalogGroup.File, _ outcome: inout Outcome
    ) throws -> Int {
        var record = record
        var rows = CatalogGroup(record: record)
        var places = group.segments
        for message in record.messages {
            if let place = message.place, places[message.digest] == nil { places[message.digest] = place }
        }
        var isGood: [Digest: Bool] = [:]
        for message in record.messages where isGood[message.digest] == nil {
            do {
                isGood[message.digest] = true
                if try catalog.hasMessage(message.digest) { continue }
                rows.messages.append(try row(of: message, places))
            } catch let error as ArchiveError where error.code == .damaged {
                isGood[message.digest] = false
                outcome.damages.append("message \(message.digest) of \(message.account) is lost: \(error)")
            }
        }
        record.messages.removeAll { isGood[$0.digest] != true }
        rows.record = record
        rows.files = try [file] + record.files.compactMap(present)
        rows.segments = places.filter { $0.value.file.hasPrefix("volumes/") || isGood[$0.key] == true }
            .map { CatalogGroup.Segment(digest: $0.key, place: $0.value) }
        try catalog.commit(rows)
        return record.messages.count
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
        guard let list = group.lists[message.path] else {
            throw ArchiveError(.damaged, message.path, "the list of this message's segments is missing")
        }
        guard message.path.hasSuffix("/\(message.digest.hex).parts") else {
            throw ArchiveError(.damaged, message.path, "this is the list of another message")
        }
        return list
    }

    /// An mbox has no digests in it: its messages are compared with the record's.
    private func check(_ place: Place, _ message: GroupRecord.Message) throws {
        var stream = DigestStream()
        var size: UInt64 = 0
        func take(_ bytes: UnsafeRawBufferPointer) {
            stream.update(bytes)
            size += UInt64(bytes.count)
        }
        var quoting = Mboxrd(.unquote)
        try reader.read(place) { quoting.consume($0, emit: take) }
        quoting.finish(emit: take)
        guard stream.finish() == message.digest, size == message.size else {
            throw ArchiveError(.damaged, place.file, "it holds other bytes at \(place.memberOffset) than were written")
        }
    }

    /// The header facts, from the segment that a message begins with.
    private func facts(of segments: [Digest], _ places: [Digest: Place]) throws -> HeaderFacts {
        var start: [UInt8] = []
        if let digest = segments.first, let place = try places[digest] ?? catalog.place(of: digest) {
            let prefix = Place(
                file: place.file, memberOffset: place.memberOffset, innerOffset: place.innerOffset,
                length: min(place.length, 256 << 10))
            var quoting = Mboxrd(.unquote)
            let isQuoted = place.file.hasPrefix("mbox/")
            try reader.read(prefix) { bytes in
                if isQuoted { quoting.consume(bytes) { start += $0 } } else { start += bytes }
            }
        }
        return start.withUnsafeBytes { HeaderFacts(headerBytes: $0) }
    }

    /// The digest that the path of a part or of a whole message carries.
    private static func digest(inPath path: Substring, of entry: String) throws -> Digest {
        var name = path.split(separator: "/").last ?? ""
        if name.hasSuffix(".eml") { name = name.dropLast(4) }
        guard let digest = Digest(hex: name) else {
            let shown = String(path.prefix(100).map { $0.isASCII && !$0.isNewline && $0 >= " " ? $0 : "?" })
            throw ArchiveError(.damaged, entry, "the name \(shown) is none that mailcask gives")
        }
        return digest
    }
}
