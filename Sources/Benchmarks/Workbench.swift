import Foundation

/// What measurements share: the generated mail, and a folder for archives that is removed at the end.
final class Workbench {
    /// The size in bytes in which a connection gives what it reads.
    static let chunkByteCount = 32 << 10

    let seed: UInt64
    /// Of the generated mail.
    let byteCount: Int
    let folder: String
    private var folderCount = 0

    init(in parent: String, seed: UInt64, byteCount: Int) throws {
        self.seed = seed
        self.byteCount = byteCount
        folder = "\(parent)/mailcask-bench.\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Messages of about `byteCount` bytes together, each as transmitted and unstuffed.
    private(set) lazy var mail: [[UInt8]] = {
        var sample = SampleMail(seed: seed)
        return sample.messages(byteCount: byteCount)
    }()

    private(set) lazy var mailByteCount = mail.reduce(0) { $0 + $1.count }

    /// The messages one behind the other, up to `limit` bytes.
    func joinedMail(byteLimit limit: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(mailByteCount, limit))
        for message in mail where bytes.count < limit { bytes += message.prefix(limit - bytes.count) }
        return bytes
    }

    /// An archive of messages of about `byteCount` bytes, as eight sessions at once would have written it.
    private(set) lazy var archive = Result { try SampleArchive(self) }

    /// The path of a folder that is not there yet.
    func newFolder() -> String {
        folderCount += 1
        return "\(folder)/\(folderCount)"
    }

    /// Removes a folder that a run made.
    func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    func remove() { remove(folder) }
}

extension [UInt8] {
    /// Gives the bytes in chunks, as a connection reads them.
    func forEachChunk(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = Swift.min(start + Workbench.chunkByteCount, bytes.count)
                try body(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
    }
}
