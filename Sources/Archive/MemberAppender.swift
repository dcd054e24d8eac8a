import Mail
import Platform

/// Appends gzip members to a file, in the order they were given, while the pool compresses several at once.
///
/// Used by one thread. What is appended counts only after `flush`, and once the file is synced.
final class MemberAppender {
    /// A member that is on its way into the file.
    final class Member {
        /// Where it begins in the file, in bytes; known after `flush`.
        fileprivate(set) var offset: UInt64 = .max
    }

    /// Nothing is written for now, and what is appended stays in memory; the caller bounds how much that is.
    var isHeld = false
    /// The end of what was written, in bytes.
    private(set) var length: UInt64
    private var path: String
    /// Opened by the first write: a volume that gets nothing is never made.
    private var file: FlushedFile.Shared?
    private let pool: CompressionPool
    private var underWay: [(member: Member, start: MemberMark.Start, ticket: CompressionPool.Ticket)] = []
    /// What all members of the file are marked with.
    private var tag = UInt32.random(in: 1 ... .max)
    /// Of all that was written; `nil` where the file was there before.
    private var writtenDigest: DigestStream?

    /// - Parameter committedLength: where the next member goes; what lies behind it is cut off first.
    init(_ path: String, committedLength: UInt64, pool: CompressionPool) {
        self.path = path
        length = committedLength
        self.pool = pool
        if committedLength == 0 { writtenDigest = DigestStream() }
    }

    /// Whether all that was appended is written.
    var isFlushed: Bool { underWay.isEmpty }

    /// Gives a member to the pool; waits for the oldest when too many are under way, so memory stays bounded.
    /// - Throws: `FileError`; `ArchiveError.damaged` when the file is shorter than it was.
    func append(_ raw: [UInt8], start: MemberMark.Start = .entry) throws -> Member {
        precondition(!raw.isEmpty && raw.count <= MemberSize.rawByteLimit, "a member of \(raw.count) bytes")
        while !isHeld, underWay.count > pool.workerCount * 2 { try writeOldest() }
        let member = Member()
        underWay.append((member, start, pool.submit(raw)))
        return member
    }

    /// Writes every member that is under way.
    func flush() throws {
        precondition(!isHeld, "nothing may be written now")
        while !underWay.isEmpty { try writeOldest() }
    }

    /// What was flushed, to be synced; `nil` where nothing was written.
    /// - Parameter folders: that must be durable with it.
    func flushedFile(in folders: [String]) -> FlushedFile? { file.map { FlushedFile($0, folders: folders) } }

    /// Writes a last member, ahead of those that are under way, which then belong to the next file.
    func appendLast(_ raw: [UInt8]) throws { _ = try write(pool.take(pool.submit(raw)), .entry) }

    /// The SHA-256 of the file.
    func digest() throws -> Digest { try writtenDigest?.finish() ?? VolumeChecksums.digest(of: path) }

    func makeReadOnly() throws { try opened().file.makeReadOnly() }

    /// Goes on with another file.
    func begin(_ path: String) {
        self.path = path
        (length, file) = (0, nil)
        writtenDigest = DigestStream()
        tag = .random(in: 1 ... .max)
    }

    /// Lets everybody do with the file what they may do with another.
    func takePermissions(of path: String) throws {
        try opened().file.takePermissions(of: path)
    }

    /// Drops the members that are under way.
    func giveUp() {
        for (_, _, ticket) in underWay { _ = pool.take(ticket) }
        underWay.removeAll()
    }

    private func writeOldest() throws {
        let (member, start, ticket) = underWay.removeFirst()
        do { member.offset = try write(pool.take(ticket), start) } catch {
            // Nothing behind this can be written in order any more.
            giveUp()
            throw error
        }
    }

    /// - Returns: where it begins.
    private func write(_ member: consuming [UInt8], _ start: MemberMark.Start) throws -> UInt64 {
        var stored = member
        do {
            let shared = try opened()
            MemberMark(tag: tag, start: start).put(into: &stored)
            try stored.withUnsafeBytes { try shared.file.write($0, at: length) }
        } catch {
            // The beginning of a member would be taken for damage.
            try? file?.file.truncate(to: length)
            throw error
        }
        stored.withUnsafeBytes { writtenDigest?.update($0) }
        defer { length += UInt64(stored.count) }
        return length
    }

    private func opened() throws -> FlushedFile.Shared {
        if let file { return file }
        let opened = try File(path, .readWrite)
        let found = try opened.length()
        guard found >= length else {
            throw ArchiveError(.damaged, path, "it has \(found) bytes where \(length) were written")
        }
        if found > length { try opened.truncate(to: length) }
        if length > 0 { tag = try MemberMark(in: opened, at: 0)?.tag ?? tag }
        let shared = FlushedFile.Shared(opened)
        file = shared
        return shared
    }
}
