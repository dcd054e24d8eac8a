import Archive
import Mail

/// The records that an archive has or had, as far as they can be read.
final class RecordHistory {
    private var digests: Set<Digest> = []
    /// Committed lengths of mbox files.
    private(set) var fileLengths: [String: UInt64] = [:]
    private var groupNumbers: [String: Int] = [:]

    /// Takes one that is known by its SHA-256 alone.
    func add(_ digest: Digest) { digests.insert(digest) }

    func add(_ record: GroupRecord, _ entry: ScannedEntry) {
        digests.insert(entry.digest)
        if let previous = record.previous { digests.insert(previous) }
        for file in record.files { fileLengths[file.path] = max(file.length, fileLengths[file.path] ?? 0) }
        groupNumbers[record.run.id] = max(Self.number(of: entry), groupNumbers[record.run.id] ?? 0)
    }

    /// Whether a record is one of these, is named by one of them, or names one of them.
    func isRelated(to record: GroupRecord, _ digest: Digest) -> Bool {
        digests.contains(digest) || record.previous.map(digests.contains) ?? false
    }

    /// A number for a further group of a run.
    func nextGroup(of run: String) -> Int {
        groupNumbers[run, default: 0] += 1
        return groupNumbers[run]!
    }

    /// `2` of `runs/RUN/0002.jsonl`.
    private static func number(of entry: ScannedEntry) -> Int {
        entry.path.split(separator: "/").last.flatMap { Int($0.prefix { $0 != "." }) } ?? 0
    }
}
