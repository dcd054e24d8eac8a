import Glibc
package import Mail
import Platform

/// A sealed file made anew beside it: the same bytes in the same members, which begin entries where they did, compressed
/// otherwise.
package struct RepackedFile: Sendable {
    /// Somebody asked to stop.
    package struct Stopped: Error { package init() {} }

    private struct Difference: Error {}

    /// So many members, spread over a file, show how it is compressed.
    private static let sampleCount: UInt64 = 32

    package let length: UInt64
    /// SHA-256 of the file.
    package let digest: Digest
    package let members: [RepackJournal.Member]

    /// Writes the file under a temporary name, synced and with the permissions of the old one, and reads it back: every
    /// member has to give the bytes that the old one gives.
    /// - Parameter isStopping: asked for each member.
    /// - Throws: `Stopped`; `ArchiveError.damaged` of the old file, `.library` of the new one, `FileError`. Then the
    ///   temporary file is good for nothing.
    package init(
        _ path: String, as temporary: String, pool: CompressionPool, isStopping: () -> Bool
    ) throws {
        let appender = MemberAppender(temporary, committedLength: 0, pool: pool)
        let old = try File(path, .read)
        var count = 0
        do {
            try MemberChain.walk(path) { raw, stored in
                if isStopping() { throw Stopped() }
                let start = try MemberMark(in: old, at: stored.lowerBound)?.start ?? .entry
                _ = try appender.append(Array(raw), start: start)
                count += 1
            }
            try appender.flush()
        } catch {
            appender.giveUp()
            throw error
        }
        try appender.takePermissions(of: path)
        try appender.flushedFile(in: [])?.sync()
        members = try Self.compare(path, temporary, isStopping)
        length = members.reduce(0) { $0 + $1.newLength }
        digest = try VolumeChecksums.digest(of: temporary)
        guard count == members.count, length == appender.length else {
            throw Self.failure(path, "it has other members")
        }
    }

    private static func failure(_ path: String, _ reason: String) -> ArchiveError {
        ArchiveError(
            .library, path,
            "its new version does not come back as it was written (\(reason)), so it stays as it was: check the disk and "
                + "the memory of this machine before running again")
    }

    /// Whether a file is compressed so already: members all over it would have the lengths that they have.
    package static func isNeedless(_ path: String, pool: CompressionPool, isStopping: () -> Bool) throws -> Bool {
        let step = try File(path, .read).length() / sampleCount
        var next: UInt64 = 0
        do {
            try MemberChain.walk(path) { raw, stored in
                if isStopping() { throw Stopped() }
                guard stored.lowerBound >= next else { return }
                next += step
                if pool.take(pool.submit(Array(raw))).count != stored.count { throw Difference() }
            }
        } catch is Difference {
            return false
        }
        return true
    }

    /// Inflates both, member by member.
    private static func compare(
        _ old: String, _ new: String, _ isStopping: () -> Bool
    ) throws -> [RepackJournal.Member] {
        let oldFile = try File(old, .read)
        let file = try File(new, .read)
        let inflater = MemberInflater()
        var offset: UInt64 = 0
        var members: [RepackJournal.Member] = []
        try MemberChain.walk(old) { raw, stored in
            if isStopping() { throw Stopped() }
            let again: UnsafeRawBufferPointer
            let count: Int
            do { (again, count) = try inflater.inflate(file, at: offset) } catch let error as ArchiveError {
                throw failure(old, error.message)
            }
            guard again.count == raw.count, memcmp(again.baseAddress!, raw.baseAddress!, raw.count) == 0 else {
                throw failure(old, "the member at \(offset) holds other bytes")
            }
            let oldStart = try MemberMark(in: oldFile, at: stored.lowerBound)?.start
            guard try MemberMark(in: file, at: offset)?.start == oldStart else {
                throw failure(old, "the member at \(offset) is marked otherwise")
            }
            members.append(.init(oldLength: UInt64(stored.count), newLength: UInt64(count)))
            offset += UInt64(count)
        }
        guard try file.length() == offset else {
            throw failure(old, "it goes on behind its last member")
        }
        return members
    }
}
