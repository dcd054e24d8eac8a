package import Platform

/// A file written from start to end through a buffer, as it is or as gzip members. One thread at a time.
///
/// It is written under another name and gets its own at `finish`, so that a file that is there is whole.
package final class OutputStream {
    private let path: String
    private let file: File
    private let compressor: GzipCompressor?
    private var buffer: [UInt8] = []
    private var offset: UInt64 = 0

    /// - Parameter compression: `nil` writes the bytes as they are.
    package init(_ path: String, compression: Compression?) throws(FileError) {
        self.path = path
        try FileSystem.remove(path + ".part")
        file = try File(path + ".part", .create)
        if let compression { compressor = GzipCompressor(compression) } else { compressor = nil }
        buffer.reserveCapacity(MemberSize.rawByteLimit)
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
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
        if durable { try file.sync() }
        try FileSystem.rename(path + ".part", to: path)
    }

    private func flush() throws(FileError) {
        guard !buffer.isEmpty else { return }
        var output = buffer
        if compressor != nil { output = buffer.withUnsafeBytes { compressor!.member(of: $0) } }
        var failure: FileError?
        output.withUnsafeBytes { bytes in
            do throws(FileError) { try file.write(bytes, at: offset) } catch { failure = error }
        }
        if let failure { throw failure }
        offset += UInt64(output.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
