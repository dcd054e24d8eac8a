import Platform

/// The bytes of one message, as transmitted and unstuffed: in memory, or spooled to a file when large. Never changed.
///
/// `@unchecked Sendable`: the memory is written only by `MessageReceiver`, before it hands the content out.
package final class MessageContent: @unchecked Sendable {
    /// The message, unless it is spooled. Made with `malloc`.
    private let memory: UnsafeMutableRawBufferPointer
    private let spool: File?
    /// In bytes.
    package let size: UInt64
    private let reservation: MemoryBudget.Reservation

    /// Takes ownership of memory that was made with `malloc`.
    init(memory: UnsafeMutableRawBufferPointer, _ reservation: consuming MemoryBudget.Reservation) {
        size = UInt64(memory.count)
        self.memory = memory
        spool = nil
        self.reservation = reservation
    }

    init(spool: consuming File, size: UInt64, _ reservation: consuming MemoryBudget.Reservation) {
        self.size = size
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
        self.spool = consume spool
        self.reservation = reservation
    }

    deinit { memory.baseAddress?.deallocateMalloced() }

    /// Gives a range of the message in consecutive chunks of at most `chunkByteLimit` bytes, valid during the call.
    package func forEachChunk<Failure: Error>(
        in range: Range<UInt64>, chunkByteLimit: Int,
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        if spool == nil {
            try forEachChunkInMemory(in: range, chunkByteLimit, body)
        } else {
            try forEachChunkInSpool(in: range, chunkByteLimit, body)
        }
    }

    private func forEachChunkInMemory<Failure: Error>(
        in range: Range<UInt64>, _ chunkByteLimit: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        var start = Int(range.lowerBound)
        while start < Int(range.upperBound) {
            let end = min(start + chunkByteLimit, Int(range.upperBound))
            try body(UnsafeRawBufferPointer(rebasing: memory[start..<end]))
            start = end
        }
    }

    private func forEachChunkInSpool<Failure: Error>(
        in range: Range<UInt64>, _ chunkByteLimit: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: min(chunkByteLimit, range.count), alignment: 16)
        defer { buffer.deallocate() }
        var start = range.lowerBound
        while start < range.upperBound {
            let want = Int(min(UInt64(buffer.count), range.upperBound - start))
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<want])
            guard try spool!.read(into: part, at: start) == want else {
                throw ArchiveError(.damaged, "the spool file of a message", "it became shorter while it was read")
            }
            try body(UnsafeRawBufferPointer(part))
            start += UInt64(want)
        }
    }
}
