import Glibc
import Platform

/// The gzip members of a file as they follow each other, whatever is in them.
package enum MemberChain {
    /// Inflates every member up to `length`.
    /// - Returns: how many there are.
    /// - Throws: `ArchiveError.damaged` naming file and offset, `FileError`.
    package static func check(_ path: String, to length: UInt64) throws -> Int {
        var count = 0
        try walk(path, to: length) { _, _ in count += 1 }
        return count
    }

    /// Gives what each member up to `length` inflates to, valid during the call, and where in the file it lies.
    /// - Parameter length: `nil` for all of the file.
    /// - Throws: `ArchiveError.damaged` naming file and offset, `FileError`, whatever `body` throws.
    static func walk(
        _ path: String, to length: UInt64? = nil, _ body: (UnsafeRawBufferPointer, Range<UInt64>) throws -> Void
    ) throws {
        let file = try File(path, .read)
        let inflater = MemberInflater()
        let end = try length ?? file.length()
        var offset: UInt64 = 0
        while offset < end {
            let (raw, storedByteCount) = try inflater.inflate(file, at: offset)
            let stored = offset..<offset + UInt64(storedByteCount)
            try body(raw, stored)
            offset = stored.upperBound
        }
    }

    /// Whether a whole member begins at `offset`, or the file ends there.
    package static func hasBoundary(_ path: String, at offset: UInt64) throws -> Bool {
        let file = try File(path, .read)
        if try file.length() == offset { return true }
        let inflater = MemberInflater()
        do { _ = try inflater.inflate(file, at: offset) } catch let error as ArchiveError where error.code == .damaged {
            return false
        }
        return true
    }

    /// Whether a file begins as a gzip member does, as far as it goes, or with a sector that never reached the disk.
    package static func beginsLikeMember(_ path: String) throws -> Bool {
        let file = try File(path, .read)
        let magic: [UInt8] = [0x1F, 0x8B, 8]
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 1)
        defer { buffer.deallocate() }
        let start = UnsafeRawBufferPointer(rebasing: buffer[..<(try file.read(into: buffer, at: 0))])
        return start.prefix(magic.count).elementsEqual(magic.prefix(start.count)) || start.allSatisfy { $0 == 0 }
    }

    /// Where the first three bytes of a gzip member stand next (RFC 1952, section 2.3); `nil` when nowhere.
    static func nextMagic(in file: borrowing File, from offset: UInt64) throws(FileError) -> UInt64? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { buffer.deallocate() }
        let magic: [UInt8] = [0x1F, 0x8B, 8]
        var position = offset
        while true {
            let count = try file.read(into: buffer, at: position)
            var start = 0
            while start < count, let byte = memchr(buffer.baseAddress! + start, CInt(magic[0]), count - start) {
                let index = byte - buffer.baseAddress!
                if buffer[index..<count].starts(with: magic) { return position + UInt64(index) }
                start = index + 1
            }
            if count < buffer.count { return nil }
            position += UInt64(count - magic.count + 1)
        }
    }
}
