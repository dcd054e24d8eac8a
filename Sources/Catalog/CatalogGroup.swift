package import Archive
package import Mail

/// What one group of messages adds to the catalogue: all of it, or after a crash none of it.
package struct CatalogGroup: Sendable {
    package struct File: Sendable {
        /// Relative to the archive's root.
        package var path: String
        /// Committed bytes.
        package var length: UInt64
        package var isSealed: Bool

        package init(path: String, length: UInt64, isSealed: Bool) {
            self.path = path
            self.length = length
            self.isSealed = isSealed
        }
    }

    package struct Segment: Sendable {
        package var digest: Digest
        package var place: Place

        package init(digest: Digest, place: Place) {
            self.digest = digest
            self.place = place
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

    package init(record: GroupRecord) { self.record = record }
}
