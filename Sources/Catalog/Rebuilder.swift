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
        /// What stopped the reading before the end; `nil` at a clean end.
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
                try commit(record, fileLength)
                outcome.goodLength = entry.memberEnd
                outcome.groupCount += 1
                outcome.messageCount += record.messages.count
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

    private func commit(_ record: GroupRecord, _ file: CatalogGroup.File) throws {
        var rows = CatalogGroup(record: record)
        rows.files = [file] + record.files.map { CatalogGroup.File(path: $0.path, length: $0.length, isSealed: false) }
        var places = group.segments
        for message in record.messages {
            if let place = message.place { places[message.digest] = place }
        }
        rows.segments = places.map { CatalogGroup.Segment(digest: $0.key, place: $0.value) }
        var seen: Set<Digest> = []
        for message in record.messages where seen.insert(message.digest).inserted {
            if try catalog.hasMessage(message.digest) { continue }
            let segments = try segments(of: message)
            let facts = try facts(of: segments, places, isQuoted: message.place != nil)
            rows.messages.append(
                CatalogGroup.Message(digest: message.digest, size: message.size, segments: segments, facts: facts))
        }
        try catalog.commit(rows)
    }

    private func segments(of message: GroupRecord.Message) throws -> [Digest] {
        if message.size == 0 { return [] }
        if message.place != nil || message.path.hasSuffix(".eml") { return [message.digest] }
        guard let list = group.lists[message.path] else {
            throw ArchiveError(.damaged, message.path, "the list of this message's segments is missing")
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
