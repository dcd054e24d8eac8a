import CLibArchive
import Platform

/// Writes ustar entries (POSIX.1-1988) into byte buffers, through libarchive.
///
/// One thread at a time. Entries are regular files of owner 0, mode 0600.
package final class TarEncoder {
    private let archive: OpaquePointer
    private let entry: OpaquePointer
    /// What libarchive's write callback appends to; emptied by `take`.
    private let output: UnsafeMutablePointer<[UInt8]>

    package init() throws(ArchiveError) {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else {
            throw ArchiveError(.library, "tar", "out of memory")
        }
        self.archive = archive
        self.entry = entry
        output = .allocate(capacity: 1)
        output.initialize(to: [])
        try check(archive_write_set_format_ustar(archive))
        try check(archive_write_add_filter_none(archive))
        try check(archive_write_set_bytes_per_block(archive, 0))
        try check(
            archive_write_open2(
                archive, output, nil,
                { _, context, bytes, count in
                    let output = context!.assumingMemoryBound(to: [UInt8].self)
                    output.pointee.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
                    return count
                }, nil, nil))
    }

    deinit {
        // Freeing closes the archive, which writes its end blocks into `output`: they go nowhere.
        archive_write_free(archive)
        archive_entry_free(entry)
        output.deinitialize(count: 1)
        output.deallocate()
    }

    /// How many bytes are gathered and not yet taken.
    package var byteCount: Int { output.pointee.count }

    /// Moves the gathered bytes out.
    package func take() -> [UInt8] {
        defer {
            output.pointee = []
            output.pointee.reserveCapacity(MemberSize.rawByteTarget)
        }
        return output.pointee
    }

    /// Begins an entry: its 512 bytes of header are gathered.
    /// - Parameter time: modification time, in seconds since 1970; values before 1970 count as 0. The future counts as
    ///   now: senders choose their dates, and GNU tar warns of every file from tomorrow.
    package func begin(path: String, size: UInt64, time: Int64) throws(ArchiveError) {
        archive_entry_clear(entry)
        archive_entry_set_pathname(entry, path)
        archive_entry_set_filetype(entry, UInt32(S_IFREG_MODE))
        archive_entry_set_perm(entry, 0o600)
        archive_entry_set_size(entry, Int64(size))
        archive_entry_set_mtime(entry, Int(max(0, min(time, WallClock.now()))), 0)
        try check(archive_write_header(archive, entry))
    }

    /// Goes on with the content of the entry.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        guard !bytes.isEmpty else { return }
        let count = archive_write_data(archive, bytes.baseAddress, bytes.count)
        guard count == bytes.count else { throw failure() }
    }

    /// Ends the entry: the padding to a multiple of 512 bytes is gathered.
    package func finish() throws(ArchiveError) { try check(archive_write_finish_entry(archive)) }

    private func check(_ status: CInt) throws(ArchiveError) {
        guard status == ARCHIVE_OK else { throw failure() }
    }

    private func failure() -> ArchiveError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        return ArchiveError(.library, "tar", "libarchive cannot write an entry: \(reason)")
    }
}

/// `S_IFREG` as libarchive wants it.
private let S_IFREG_MODE = 0o100000
