import CLinux
import Glibc

/// An open file, owned by one place and closed when that place lets go of it.
///
/// Offsets and lengths are in bytes. All reads and writes are positional, so one file may be read from several threads.
package struct File: ~Copyable, Sendable {
    /// How a file is opened.
    package enum Mode: Sendable {
        case read
        /// Read and write, made with permissions 0600 when missing.
        case readWrite
        /// Read and write; fails if it exists.
        case create
    }

    package let path: String
    private let descriptor: CInt

    package init(_ path: String, _ mode: Mode) throws(FileError) {
        let flags: CInt =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR | O_CREAT
            case .create: O_RDWR | O_CREAT | O_EXCL
            }
        if let fault = FaultInjection.fault(.open, path) {
            throw FileError(call: .open, path: path, errorNumber: fault)
        }
        let descriptor = retryingInterrupts { open(path, flags | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { throw FileError(call: .open, path: path, errorNumber: errno) }
        self.path = path
        self.descriptor = descriptor
    }

    /// An unnamed file in `directory`, gone with its last descriptor whatever happens to the process.
    package init(unnamedIn directory: String) throws(FileError) {
        var template = Array("\(directory)/spool.XXXXXX".utf8CString)
        if let fault = FaultInjection.fault(.open, directory) {
            throw FileError(call: .open, path: directory, errorNumber: fault)
        }
        let descriptor = mkostemp(&template, O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(call: .open, path: directory, errorNumber: errno) }
        unlink(template)
        self.path = "\(directory)/(spool)"
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// The length in bytes.
    package func length() throws(FileError) -> UInt64 {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw FileError(call: .read, path: path, errorNumber: errno)
        }
        return UInt64(status.st_size)
    }

    /// Reads at `offset` until `buffer` is full or the file ends.
    /// - Returns: the number of bytes read; less than the buffer holds only at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
        if let fault = FaultInjection.fault(.read, path) {
            throw FileError(call: .read, path: path, errorNumber: fault)
        }
        var filled = 0
        while filled < buffer.count {
            let count = retryingInterrupts {
                pread(descriptor, buffer.baseAddress! + filled, buffer.count - filled, off_t(offset) + off_t(filled))
            }
            guard count >= 0 else { throw FileError(call: .read, path: path, errorNumber: errno) }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// The bytes at `offset`; fewer only at the end of the file.
    package func bytes(at offset: UInt64, count: Int) throws(FileError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
        defer { buffer.deallocate() }
        return Array(buffer[..<(try read(into: buffer, at: offset))])
    }

    /// Writes all of `bytes` at `offset`.
    package func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        if let fault = FaultInjection.fault(.write, path) {
            throw FileError(call: .write, path: path, errorNumber: fault)
        }
        var written = 0
        while written < bytes.count {
            let count = retryingInterrupts {
                pwrite(descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset) + off_t(written))
            }
            guard count > 0 else {
                throw FileError(call: .write, path: path, errorNumber: count == 0 ? ENOSPC : errno)
            }
            written += count
        }
    }

    /// Writes what is there once more, so that `sync` makes it durable: after a flush that failed, the kernel may take
    /// bytes for written that are only in memory.
    package func rewrite(from start: UInt64, to end: UInt64) throws(FileError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset = start
        while offset < end {
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(Int(min(end - offset, 1 << 20))))
            let count = try read(into: part, at: offset)
            if count == 0 { return }
            try write(UnsafeRawBufferPointer(rebasing: part[..<count]), at: offset)
            offset += UInt64(count)
        }
    }

    /// Makes what was written durable. A failure is final: the kernel may have dropped the pages, so it is never
    /// tried again on the same descriptor.
    package func sync() throws(FileError) {
        if let fault = FaultInjection.fault(.sync, path) {
            throw FileError(call: .sync, path: path, errorNumber: fault)
        }
        guard fsync(descriptor) == 0 else { throw FileError(call: .sync, path: path, errorNumber: errno) }
    }

    /// Cuts the file off at `length` bytes.
    package func truncate(to length: UInt64) throws(FileError) {
        if let fault = FaultInjection.fault(.truncate, path) {
            throw FileError(call: .truncate, path: path, errorNumber: fault)
        }
        guard retryingInterrupts({ ftruncate(descriptor, off_t(length)) }) == 0 else {
            throw FileError(call: .truncate, path: path, errorNumber: errno)
        }
    }

    /// Takes away the right to write, for good.
    package func makeReadOnly() throws(FileError) {
        guard fchmod(descriptor, 0o400) == 0 else { throw FileError(call: .write, path: path, errorNumber: errno) }
    }

    /// Takes the permissions of another file, and its owner and group where this process may give them.
    package func takePermissions(of other: String) throws(FileError) {
        var status = stat()
        guard stat(other, &status) == 0 else { throw FileError(call: .read, path: other, errorNumber: errno) }
        guard fchown(descriptor, status.st_uid, status.st_gid) == 0 || errno == EPERM,
            fchmod(descriptor, status.st_mode & 0o777) == 0
        else { throw FileError(call: .write, path: path, errorNumber: errno) }
    }

    /// Takes an exclusive lock that ends with this descriptor or the process.
    /// - Returns: `false` when another process holds it.
    package func lockExclusively() throws(FileError) -> Bool {
        if retryingInterrupts({ flock(descriptor, LOCK_EX | LOCK_NB) }) == 0 { return true }
        guard errno == EWOULDBLOCK else { throw FileError(call: .open, path: path, errorNumber: errno) }
        return false
    }

    /// Gives an exclusive lock back.
    package func unlock() { flock(descriptor, LOCK_UN) }
}

/// Repeats a system call while it is interrupted by a signal.
func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
