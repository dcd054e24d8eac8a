package import Archive
package import Mail

/// What one group of messages adds to the catalogue: all of it, or after a crash none of it.
package struct CatalogGroup: Sendable {
    /// What may still happen to a file of mail.
    package enum FileState: Int, Sendable {
        /// It is appended to.
        case open = 0
        /// It is complete and stands in `manifest-sha256.txt`.
        case sealed = 1
        /// It is never written again, because something in it could not be read or is named by no record.
        case closed = 2
    }

    package struct File: Sendable, Equatable {
        /// Relative to the archive's root.
        package var path: String
        /// Committed bytes.
        package var length: UInt64
        package var state: FileState

        package var isSealed: Bool { state == .sealed }

        package init(path: String, length: UInt64, state: FileState) {
            self.path = path
            self.length = length
            self.state = state
        }
    }

    package struct Segment: Sendable {
        package var digest: Digest
        package var place: Place
        /// The entry of a message that is kept whole; `nil` for a part, and in an mbox.
        package var entry: String?

        package init(digest: Digest, place: Place, entry: String? = nil) {
            self.digest = digest
            self.place = place
            self.entry = entry
        }
    }

    package struct Message: Sendable {
        package var digest: Digest
        package var size: UInt64
        /// In order. Each is known to the catalogue or among the group's segments.
        package var segments: [Digest]
        package var facts: HeaderFacts

        package init(digest: Digest, size: UInt64, segments: [Digest], facts: HeaderFacts) {
            self.digest = digest
            self.size = size
            self.segments = segments
            self.facts = facts
        }
    }

    package var files: [File] = []
    package var segments: [Segment] = []
    package var messages: [Message] = []
    /// Run, accounts, checkpoints and results.
    package var record: GroupRecord
    /// SHA-256 of the record as it stands in its volume; `nil` leaves the chain where it is.
    package var recordDigest: Digest?

    package init(record: GroupRecord) { self.record = record }
}
