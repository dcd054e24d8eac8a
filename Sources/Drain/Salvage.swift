import Archive
import Catalog
import Mail

/// Something that has bytes by their SHA-256; not to be trusted before they are compared with it.
protocol SegmentSource {
    /// What a message consists of; `nil` when that is not known here.
    func segments(of message: Digest) throws -> [Digest]?

    /// Gives the bytes of a segment.
    /// - Returns: `false` when it is not here.
    /// - Throws: `ArchiveError.damaged`.
    func read(_ segment: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool
}

/// Finds messages wherever a good copy of each of their segments is. Used by one thread.
final class Salvage {
    /// A message, or why there is none.
    enum Finding {
        case message(IncomingMessage)
        case nothing(reason: String)
    }

    private let spoolDirectory: String
    private let budget = MemoryBudget(byteLimit: 64 << 20)
    private var sources: [any SegmentSource]
    /// What messages consist of, by lists that stand alone.
    private var lists: [Digest: [[Digest]]] = [:]

    init(_ layout: ArchiveLayout, sources: [any SegmentSource]) {
        spoolDirectory = layout.root
        self.sources = sources
    }

    func add(_ source: any SegmentSource) { sources.append(source) }

    func add(_ list: [Digest], of message: Digest) { lists[message, default: []].append(list) }

    /// The message of this SHA-256.
    /// - Throws: `FileError` of the spool.
    func message(_ digest: Digest) throws -> Finding {
        var candidates: [[Digest]] = []
        for source in sources {
            // A catalogue that cannot say it is no reason to ask no other.
            if let list = try? source.segments(of: digest), !candidates.contains(list) { candidates.append(list) }
        }
        candidates += lists[digest] ?? []
        candidates.append([digest])
        var reason = ""
        for candidate in candidates {
            var found: [any SegmentSource] = []
            var missing: [Digest] = []
            for segment in candidate {
                if let source = try source(of: segment) { found.append(source) } else { missing.append(segment) }
            }
            if missing.isEmpty, let message = try assemble(candidate, found, digest) { return .message(message) }
            if reason.isEmpty, let first = missing.first {
                let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
                reason = "no whole copy is left of \(first == digest ? "it" : "its segment \(first)\(more)")"
            }
        }
        return .nothing(reason: reason.isEmpty ? "its segments do not make it up" : reason)
    }

    /// A source that gives a segment with the bytes of its SHA-256.
    private func source(of segment: Digest) throws -> (any SegmentSource)? {
        try sources.first { source in
            var stream = DigestStream()
            do {
                return try source.read(segment) { stream.update($0) } && stream.finish() == segment
            } catch is ArchiveError {
                return false
            }
        }
    }

    private func assemble(
        _ segments: [Digest], _ sources: [any SegmentSource], _ digest: Digest
    ) throws -> IncomingMessage? {
        let receiver = MessageReceiver(spoolDirectory: spoolDirectory, budget: budget, expectedOctets: nil)
        for (segment, source) in zip(segments, sources) { _ = try source.read(segment) { try receiver.append($0) } }
        let message = try receiver.finish()
        return message.digest == digest ? message : nil
    }
}
