package import Archive
package import Catalog
package import Mail

/// Reads messages of an archive. One thread at a time.
package final class ArchiveReader {
    package let layout: ArchiveLayout
    package let catalog: Catalog
    private let members: MemberReader
    /// So many repacks of one file are followed while one segment is looked for.
    private static let repackLimit = 3

    /// - Throws: `ArchiveError.missing`, `.newerFormat`, `.damaged` (the catalogue must be made anew).
    package convenience init(_ layout: ArchiveLayout) throws {
        try ArchiveFolder.check(layout)
        self.init(try Catalog(layout, .read))
    }

    /// A further reader of the same archive, for another thread.
    package init(_ catalog: Catalog) {
        self.catalog = catalog
        layout = catalog.layout
        members = MemberReader(layout)
    }

    /// Gives the bytes of a message as the server transmitted them, in chunks that are valid during the call.
    ///
    /// The whole is compared with its SHA-256: what was given is right only when this returns.
    /// - Throws: `ArchiveError.missing`, `.damaged`, `FileError`, whatever `body` throws.
    package func read(_ digest: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let places = try catalog.committedPlaces(of: digest) else {
            throw ArchiveError(.missing, layout.root, "there is no message \(digest)")
        }
        var stream = DigestStream()
        func take(_ bytes: UnsafeRawBufferPointer) throws {
            stream.update(bytes)
            try body(bytes)
        }
        for (index, committed) in places.enumerated() {
            try members.readMail(current(committed, index, of: digest), take)
        }
        let found = stream.finish()
        guard found == digest else {
            throw ArchiveError(
                .damaged, places.first?.place.file ?? layout.root,
                "message \(digest) comes back with other bytes (\(found))")
        }
    }

    /// Where a segment of a message lies now: a repack may have moved it since the catalogue was asked.
    private func current(_ committed: CommittedPlace, _ index: Int, of digest: Digest) throws -> Place {
        var committed = committed
        for _ in 0..<Self.repackLimit {
            if let place = try members.current(committed) { return place }
            guard let places = try catalog.committedPlaces(of: digest), places.indices.contains(index),
                places[index] != committed
            else { break }
            committed = places[index]
        }
        return committed.place
    }

    /// The segments of a message that do not come back with the bytes that their digests say, and why.
    func damagedSegments(of digest: Digest) throws -> [(segment: Digest, place: Place, reason: String)] {
        try (catalog.segments(of: digest) ?? []).compactMap { segment in
            guard let place = try catalog.place(of: segment) else { return nil }
            do {
                try members.check(segment, at: place)
                return nil
            } catch let error as ArchiveError {
                return (segment, place, error.description)
            }
        }
    }

    /// The whole of a message in memory.
    /// - Parameter expectedOctets: the memory to begin with.
    /// - Throws: also `ArchiveError.library` beyond `byteLimit`.
    package func contents(of digest: Digest, byteLimit: Int = .max, expectedOctets: Int = 0) throws -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(expectedOctets)
        try read(digest) { chunk in
            guard bytes.count + chunk.count <= byteLimit else {
                throw ArchiveError(.library, layout.root, "message \(digest) is larger than \(byteLimit) bytes")
            }
            bytes += chunk
        }
        return bytes
    }
}
