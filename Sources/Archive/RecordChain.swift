package import Mail

/// The records of an archive in the order of its volumes. Each names the one before it by the SHA-256 of its bytes, so
/// that none can be lost, moved, replaced or altered unseen. Written down in mailcask-archive(5).
///
/// Records of archives that were begun before there was a chain name none: it begins with the first that does.
package struct RecordChain: Sendable {
    /// Where a record does not follow the one that stands in front of it.
    package struct Gap: Sendable, Hashable {
        /// The record in front of the gap; `nil` at the start of the archive.
        package var after: Digest?
        /// The record behind it.
        package var before: Digest

        package init(after: Digest?, before: Digest) {
            self.after = after
            self.before = before
        }
    }

    /// A gap, and what to say of it.
    package struct Break: Sendable, CustomStringConvertible {
        package let gap: Gap
        package let description: String
    }

    /// The newest record: the one that the next must name.
    package private(set) var last: Digest?
    /// As in `runs/RUN/0001.jsonl in volumes/000001.tar.gz`; `nil` while nothing was added.
    package private(set) var lastName: String?
    private var hasBegun: Bool

    /// - Parameter last: the newest record so far, `nil` at the start of an archive.
    package init(after last: Digest? = nil) {
        self.last = last
        hasBegun = last != nil
    }

    /// Takes the next record.
    /// - Parameter name: its entry and its volume, for people.
    /// - Returns: `nil` when it follows.
    package mutating func add(_ record: Digest, previous: Digest?, name: String) -> Break? {
        defer {
            (last, lastName) = (record, name)
            if previous != nil { hasBegun = true }
        }
        if previous == last || (previous == nil && !hasBegun) { return nil }
        let front = lastName ?? "the newest record"
        let text =
            switch (last, previous) {
            case (nil, let previous):
                "\(name) is the first record and names \(Self.short(previous)) before it: records are lost"
            case (_, nil): "\(name) names no record before it, and does not follow \(front)"
            case (let last, let previous):
                "\(name) does not follow \(front): it names \(Self.short(previous)) before it, and there stands "
                    + "\(Self.short(last)): what lay between them is lost, or one of them was altered or moved"
            }
        return Break(gap: Gap(after: last, before: record), description: text)
    }

    /// The first digits of a SHA-256, as people compare them.
    private static func short(_ digest: Digest?) -> String { digest.map { "\($0.hex.prefix(16))..." } ?? "none" }
}
