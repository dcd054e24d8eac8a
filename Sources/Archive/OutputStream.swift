package import Platform

/// A file written from start to end through a buffer, as it is or as gzip members, which all processors make. One thread at
/// a time.
///
/// It is written under another name and gets its own at `finish`, so that a file that is there is whole. What is not
/// finished is removed.
package final class OutputStream {
    /// So many bytes in one piece need no buffer.
    private static let directByteCount = 16 << 10

    private let path: String
    private let temporaryPath: String
    private let file: File
    private var isFinished = false
    private let pool: CompressionPool?
    /// Members that are being made, in their order.
    private var underWay: [CompressionPool.Ticket] = []
    private var buffer: [UInt8] = []
    private var offset: UInt64 = 0

    /// - Parameters:
    ///   - temporaryPath: where it is written; by default `path` with `.part` behind it.
    ///   - compression: `nil` writes the bytes as they are.
    package init(_ path: String, by temporaryPath: String? = nil, compression: Compression?) throws(FileError) {
        self.path = path
        self.temporaryPath = temporaryPath ?? path + ".part"
        try FileSystem.remove(self.temporaryPath)
        file = try File(self.temporaryPath, .create)
        pool = compression.map { CompressionPool($0) }
    }

    deinit {
        pool?.stop()
        if !isFinished { try? FileSystem.remove(temporaryPath) }
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        if pool == nil, bytes.count >= Self.directByteCount {
            try flush()
            return try put(bytes)
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            if buffer.count == MemberSize.rawByteLimit { try flush() }
            let part = rest.prefix(MemberSize.rawByteLimit - buffer.count)
            buffer.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes what is left and gives the file its name.
    /// - Parameter durable: wait for the disk first. Thousands of small files are better not waited for one by one.
    package func finish(durable: Bool) throws(FileError) {
        try flush()
        while !underWay.isEmpty { try putOldest() }
        if durable { try file.sync() }
        try FileSystem.rename(temporaryPath, to: path)
        isFinished = true
    }

    private func flush() throws(FileError) {
        guard !buffer.isEmpty else { return }
        if let pool {
            underWay.append(pool.submit(buffer))
            buffer = []
            if underWay.count > 2 * pool.workerCount { try putOldest() }
        } else {
            try put(buffer)
            buffer.removeAll(keepingCapacity: true)
        }
    }

    private func putOldest() throws(FileError) { try put(pool!.take(underWay.removeFirst())) }

    private func put(_ bytes: [UInt8]) throws(FileError) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(FileError) in try put(UnsafeRawBufferPointer(bytes)) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try file.write(bytes, at: offset)
        offset += UInt64(bytes.count)
    }
}
