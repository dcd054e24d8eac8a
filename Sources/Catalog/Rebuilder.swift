import Archive
import Mail
import Platform

/// Takes groups from the volumes into the catalogue: after a crash the last ones, after a loss all of them.
///
/// A group counts when its record is there and everything that the record names is there with it. Used by one thread.
package struct Rebuilder {
    /// How far a volume could be read.
    package struct Outcome: Sendable {
        /// The end of the last whole group, in bytes.
        package var goodLength: UInt64
        package var groupCount = 0
        package var messageCount = 0
        /// What stopped the reading before the end, or what is missing of its messages; `nil` when all is well.
        package var damage: String?
    }

    private let catalog: Catalog
    private let layout: ArchiveLayout
    private let reader: MemberReader
    private var group = Group()

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

    /// Reads a volume from `offset`, where a group begins, and commits each whole group.
    /// - Throws: errors of the catalogue and of the disk; damage of the volume is an outcome.
    package mutating func ingest(_ file: String, from offset: UInt64, isSealed: Bool) throws -> Outcome {
        var outcome = Outcome(goodLength: offset)
        group = Group()
        do {
            let scanner = try VolumeScanner(layout, file: file, from: offset)
            while let entry = try scanner.next() {
                guard entry.path.hasPrefix("runs/"), let text = entry.text else {
                    try add(entry)
                    continue
                }
                let record = try GroupRecord(encoded: text, path: entry.path)
                let fileLength = CatalogGroup.File(path: file, length: entry.memberEnd, isSealed: isSealed)
                let lostCount = try commit(record, fileLength)
                if lostCount > 0, outcome.damage == nil {
                    outcome.damage = "\(entry.path) in \(file) names \(lostCount) messages that are not whole any more"
                }
                outcome.goodLength = entry.memberEnd
                outcome.groupCount += 1
                outcome.messageCount += record.messages.count - lostCount
                group = Group()
            }
        } catch let error as ArchiveError where error.code == .damaged {
            outcome.damage = error.description
        }
        return outcome
    }

    private mutating func add(_ entry: ScannedEntry) throws {
        let name = entry.path.split(separator: "/").last.map(String.init) ?? ""
        if let text = entry.text {
            let paths = String(decoding: text, as: UTF8.self).split(separator: "\n")
            group.lists[entry.path] = try paths.map { try Self.digest(inPath: $0, of: entry.path) }
            return
        }
        let digest = try Self.digest(inPath: name[...], of: entry.path)
        guard digest == entry.digest else {
            throw ArchiveError(.damaged, entry.place.file, "\(entry.path) holds other bytes than its name says")
        }
        group.segments[digest] = entry.place
    }

    /// Adds a group, except for the messages of which something is missing: those are fetched again where the server
    /// still has them.
    /// - Returns: how many are left out.
    private func commit(_ record: GroupRecord, _ file: CatalogGroup.File) throws -> Int {
        var rows = CatalogGroup(record: record)
        let files = try record.files.map(present)
        let cutOff = Set(zip(record.files, files).filter { $1?.length != $0.length }.map(\.0.path))
        rows.files = [file] + files.compactMap { $0 }
        var places = group.segments
        var lost: Set<Digest> = []
        for message in record.messages {
            guard let place = message.place else { continue }
            if cutOff.contains(place.file), (try? reader.read(place) { _ in }) == nil {
                lost.insert(message.digest)
            } else if places[message.digest] == nil {
                places[message.digest] = place
            }
        }
        rows.segments = places.map { CatalogGroup.Segment(digest: $0.key, place: $0.value) }
        lost.subtract(places.keys)
        var seen = lost
        for message in record.messages where seen.insert(message.digest).inserted {
            if try catalog.hasMessage(message.digest) { continue }
            do {
                let segments = try segments(of: message)
                let facts = try facts(of: segments, places, isQuoted: message.place != nil)
                rows.messages.append(
                    CatalogGroup.Message(digest: message.digest, size: message.size, segments: segments, facts: facts))
            } catch let error as ArchiveError where error.code == .damaged {
                lost.insert(message.digest)
            }
        }
        for digest in lost where try catalog.hasMessage(digest) { lost.remove(digest) }
        rows.record.messages.removeAll { lost.contains($0.digest) }
        try catalog.commit(rows)
        return record.messages.count - rows.record.messages.count
    }

    /// A file of mail beside the volumes as far as it is there; `nil` when nothing of it is. One that is shorter than
    /// it was is never written to again.
    private func present(_ file: GroupRecord.File) throws -> CatalogGroup.File? {
        let path = layout.path(file.path)
        let length = FileSystem.exists(path) ? try File(path, .read).length() : 0
        guard length > 0 else { return nil }
        return CatalogGroup.File(path: file.path, length: min(length, file.length), isSealed: length < file.length)
    }

    private func segments(of message: GroupRecord.Message) throws -> [Digest] {
        if message.size == 0 { return [] }
        if message.place != nil || message.path.hasSuffix(".eml") { return [message.digest] }
        guard let list = group.lists[message.path] else {
            throw ArchiveError(.damaged, message.path, "the list of this message's segments is missing")
        }
        for digest in list where try group.segments[digest] == nil && !catalog.hasSegment(digest) {
            throw ArchiveError(.damaged, ArchiveLayout.part(digest), "this segment is missing")
        }
        return list
    }

    /// The header facts, from the segment that a message begins with.
    private func facts(of segments: [Digest], _ places: [Digest: Place], isQuoted: Bool) throws -> HeaderFacts {
        var start: [UInt8] = []
        if let digest = segments.first {
            guard let place = try places[digest] ?? catalog.place(of: digest) else {
                throw ArchiveError(.damaged, ArchiveLayout.part(digest), "this segment is missing")
            }
            var quoting = Mboxrd(.unquote)
            let prefix = Place(
                file: place.file, memberOffset: place.memberOffset, innerOffset: place.innerOffset,
                length: min(place.length, 256 << 10))
            try reader.read(prefix) { bytes in
                if isQuoted { quoting.consume(bytes) { start += $0 } } else { start += bytes }
            }
        }
        return start.withUnsafeBytes { HeaderFacts(headerBytes: $0) }
    }

    /// The digest that a path of a part or of a whole message carries.
    private static func digest(inPath path: Substring, of entry: String) throws -> Digest {
        var name = path.split(separator: "/").last ?? ""
        if name.hasSuffix(".eml") { name = name.dropLast(4) }
        guard let digest = Digest(hex: name) else {
            throw ArchiveError(.damaged, entry, "the name \(UntrustedName.escaped(path)) is none that mailcask gives")
        }
        return digest
    }
}

/// Names read from a volume, for error texts.
private enum UntrustedName {
    static func escaped(_ name: Substring) -> String {
        String(name.prefix(100).map { $0.isASCII && !$0.isNewline && $0 >= " " ? $0 : "?" })
    }
}
