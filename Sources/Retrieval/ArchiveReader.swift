package import Archive
package import Catalog
package import Mail

/// Reads messages of an archive. One thread at a time.
package final class ArchiveReader {
    package let layout: ArchiveLayout
    package let catalog: Catalog
    private let members: MemberReader

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
        guard let places = try catalog.places(of: digest) else {
            throw ArchiveError(.missing, layout.root, "there is no message \(digest)")
        }
        var stream = DigestStream()
        func take(_ bytes: UnsafeRawBufferPointer) throws {
            stream.update(bytes)
            try body(bytes)
        }
        for place in places { try members.readMail(place, take) }
        let found = stream.finish()
        guard found == digest else {
            throw ArchiveError(
                .damaged, places.first?.file ?? layout.root, "message \(digest) comes back with other bytes (\(found))")
        }
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
    /// - Throws: also `ArchiveError.library` beyond `byteLimit`.
    package func contents(of digest: Digest, byteLimit: Int = .max) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(digest) { chunk in
            guard bytes.count + chunk.count <= byteLimit else {
                throw ArchiveError(.library, layout.root, "message \(digest) is larger than \(byteLimit) bytes")
            }
            bytes += chunk
        }
        return bytes
    }
}
