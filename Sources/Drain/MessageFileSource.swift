import Archive
import Mail
import Platform

/// A file that is one message, as a server transmitted it.
final class MessageFileSource: SegmentSource {
    private let path: String
    private let digest: Digest
    private let order: [Digest]
    private var ranges: [Digest: Range<UInt64>] = [:]

    /// Reads the file through.
    /// - Throws: `FileError`.
    init(_ path: String, spoolDirectory: String) throws {
        self.path = path
        let budget = MemoryBudget(byteLimit: MessageReceiver.memoryByteLimit)
        let receiver = MessageReceiver(spoolDirectory: spoolDirectory, budget: budget, expectedOctets: nil)
        let length = try File(path, .read).length()
        try Self.read(path, 0..<length) { try receiver.append($0) }
        let message = try receiver.finish()
        digest = message.digest
        order = message.segments.map(\.digest)
        for segment in message.segments { ranges[segment.digest] = segment.range }
        ranges[digest] = 0..<length
    }

    func segments(of message: Digest) -> [Digest]? { message == digest ? order : nil }

    func read(_ segment: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let range = ranges[segment] else { return false }
        try Self.read(path, range, body)
        return true
    }

    private static func read(
        _ path: String, _ range: Range<UInt64>, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let file = try File(path, .read)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var start = range.lowerBound
        while start < range.upperBound {
            let want = Int(min(UInt64(buffer.count), range.upperBound - start))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<want])
            let count = try file.read(into: part, at: start)
            guard count > 0 else { throw ArchiveError(.damaged, path, "it became shorter while it was read") }
            try body(UnsafeRawBufferPointer(rebasing: part[..<count]))
            start += UInt64(count)
        }
    }
}
