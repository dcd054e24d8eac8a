import Platform

/// Appends gzip members to a file, in the order they were given, while the pool compresses several at once.
///
/// Used by one thread. What is appended counts only after `flush` and `sync`.
final class MemberAppender {
    /// A member that is on its way into the file.
    final class Member {
        /// Where it begins in the file, in bytes; known after `flush`.
        fileprivate(set) var offset: UInt64 = .max
    }

    private let path: String
    /// Opened by the first write: a volume that gets nothing is never made.
    private var file: File?
    private let pool: CompressionPool
    private var underWay: [(member: Member, ticket: CompressionPool.Ticket)] = []
    /// The end of what was written, in bytes.
    private(set) var length: UInt64

    /// - Parameter committedLength: where the next member goes; what lies behind it is cut off first.
    init(_ path: String, committedLength: UInt64, pool: CompressionPool) {
        self.path = path
        length = committedLength
        self.pool = pool
    }

    /// Gives a member to the pool; waits for the oldest when too many are under way, so memory stays bounded.
    /// - Throws: `FileError`; `ArchiveError.damaged` when the file is shorter than it was.
    func append(_ raw: [UInt8]) throws -> Member {
        precondition(!raw.isEmpty && raw.count <= MemberSize.rawByteLimit, "a member of \(raw.count) bytes")
        if underWay.count >= pool.workerCount * 2 + 1 { try writeOldest() }
        let member = Member()
        underWay.append((member, pool.submit(raw)))
        return member
    }

    /// Writes every member that is under way.
    func flush() throws {
        while !underWay.isEmpty { try writeOldest() }
    }

    /// Makes all that was flushed durable.
    func sync() throws {
        if file != nil { try file!.sync() }
    }

    func makeReadOnly() throws {
        try openIfNeeded()
        try file!.makeReadOnly()
    }

    private func writeOldest() throws {
        let (member, ticket) = underWay.removeFirst()
        let stored = pool.take(ticket)
        do {
            try openIfNeeded()
            try stored.withUnsafeBytes { try file!.write($0, at: length) }
        } catch {
            // The beginning of a member would be taken for damage.
            try? file?.truncate(to: length)
            // Nothing behind this can be written in order any more; the results are dropped.
            for (_, ticket) in underWay { _ = pool.take(ticket) }
            underWay.removeAll()
            throw error
        }
        member.offset = length
        length += UInt64(stored.count)
    }

    private func openIfNeeded() throws {
        guard file == nil else { return }
        let opened = try File(path, .readWrite)
        let found = try opened.length()
        guard found >= length else {
            throw ArchiveError(.damaged, path, "it has \(found) bytes where \(length) were written")
        }
        if found > length { try opened.truncate(to: length) }
        file = consume opened
    }
}
