import CIgzip
import Platform

/// Reads and inflates one gzip member of a file at a time, into a buffer that is used again. One thread at a time.
final class MemberInflater {
    private let decompressor = GzipDecompressor()
    private let stored: UnsafeMutableRawBufferPointer
    private let raw: UnsafeMutableRawBufferPointer

    init() {
        stored = .allocate(byteCount: MemberSize.storedByteLimit, alignment: 16)
        raw = .allocate(byteCount: MemberSize.rawByteLimit, alignment: 16)
    }

    deinit {
        stored.deallocate()
        raw.deallocate()
    }

    /// The member at `offset`: its bytes, valid until the next call, and how long it is in the file.
    /// - Throws: `ArchiveError.damaged` naming file and offset, `FileError`.
    func inflate(
        _ file: borrowing File, at offset: UInt64
    ) throws -> (raw: UnsafeRawBufferPointer, storedByteCount: Int) {
        let count = try file.read(into: stored, at: offset)
        guard count > 0 else {
            throw ArchiveError(.damaged, file.path, "the file ends at \(offset), where a member should begin")
        }
        let available = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(stored)[..<count])
        guard let lengths = decompressor.inflate(available, into: raw) else {
            throw ArchiveError(.damaged, file.path, "the gzip member at \(offset) is damaged or incomplete")
        }
        return (UnsafeRawBufferPointer(rebasing: raw[..<lengths.rawByteCount]), lengths.storedByteCount)
    }

    /// What can be inflated of a member that is good as far as it goes, but cut off by the end of the file; valid until
    /// the next call. `nil` for any other.
    func cutOffMember(_ file: borrowing File, at offset: UInt64) throws(FileError) -> UnsafeRawBufferPointer? {
        let count = try file.read(into: stored, at: offset)
        guard count < stored.count else { return nil }
        var rawByteCount: UInt32 = 0
        let found = mc_igzip_begin(
            stored.assumingMemoryBound(to: UInt8.self).baseAddress, UInt32(count),
            raw.assumingMemoryBound(to: UInt8.self).baseAddress, UInt32(raw.count), &rawByteCount)
        return found == mc_member_cut_off ? UnsafeRawBufferPointer(rebasing: raw[..<Int(rawByteCount)]) : nil
    }
}
