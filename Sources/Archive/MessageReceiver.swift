import Glibc
import Mail
import Platform

/// Takes the bytes of one message as they come from the server, digests and cuts them in passing, and keeps them in
/// memory or, beyond a limit, in a spool file.
///
/// Used by one thread, for one message.
package final class MessageReceiver {
    /// A message grows in memory up to this many bytes, budget permitting.
    package static let memoryByteLimit = 2 << 20
    private static let firstCapacity = 16 << 10
    /// Free of the budget: every connection may hold a small message.
    private static let freeCapacity = 64 << 10

    private let spoolDirectory: String
    private var memory = UnsafeMutableRawPointer?.none
    private var capacity = 0
    private var count = 0
    private var spool: File?
    private var spooledByteCount: UInt64 = 0
    private var reservation: MemoryBudget.Reservation
    private var digest = DigestStream()
    private var cutter = SegmentCutter()
    private var failure: FileError?

    /// - Parameters:
    ///   - spoolDirectory: where large messages wait; on the archive's own disk.
    ///   - expectedOctets: the size that the server lists, a hint for the first allocation.
    package init(spoolDirectory: String, budget: MemoryBudget, expectedOctets: UInt64?) {
        self.spoolDirectory = spoolDirectory
        reservation = MemoryBudget.Reservation(of: budget)
        let hint = Int(clamping: min(expectedOctets ?? 0, UInt64(Self.freeCapacity)))
        grow(to: max(hint, Self.firstCapacity))
    }

    deinit { memory?.deallocateMalloced() }

    /// How many bytes came so far.
    package var byteCount: UInt64 { spooledByteCount + UInt64(count) }

    /// Takes the next bytes of the message.
    /// - Throws: `FileError` when the spool cannot be written: the rest of the message is of no use then.
    package func append(_ bytes: UnsafeRawBufferPointer) throws {
        take(bytes)
        if let failure { throw failure }
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        digest.update(bytes)
        cutter.consume(bytes)
        if spool == nil, count + bytes.count > capacity, !makeRoom(for: bytes.count) { startSpooling() }
        if spool != nil {
            spoolOut(bytes)
        } else if failure == nil, !bytes.isEmpty {
            memory!.advanced(by: count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
            count += bytes.count
        }
    }

    /// The message, complete: its terminator was read.
    /// - Throws: `FileError` when spooling failed.
    package func finish() throws -> IncomingMessage {
        if spool != nil { flushSpoolBuffer() }
        if let failure { throw failure }
        let content = takeContent()
        let segments = try Self.digested(cutter.finish(), of: content)
        let facts = try Self.facts(of: content)
        return IncomingMessage(content: content, digest: digest.finish(), segments: segments, facts: facts)
    }

    // MARK: - Memory

    private func makeRoom(for byteCount: Int) -> Bool {
        let needed = count + byteCount
        guard needed <= Self.memoryByteLimit else { return false }
        let newCapacity = min(max(capacity * 2, needed), Self.memoryByteLimit)
        guard newCapacity <= Self.freeCapacity || reservation.grow(to: newCapacity) else { return false }
        grow(to: newCapacity)
        return true
    }

    private func grow(to newCapacity: Int) {
        guard let grown = realloc(memory, newCapacity) else { preconditionFailure("out of memory for a message") }
        memory = grown
        capacity = newCapacity
    }

    private func takeContent() -> MessageContent {
        if let file = spool.take() {
            reservation.shrink(to: 0)
            return MessageContent(spool: file, size: spooledByteCount, reservation.taken())
        }
        // Ordinary messages wait in the archive's queue: let them hold no more than they need.
        if capacity > count * 2, let smaller = realloc(memory, max(count, 1)) { memory = smaller }
        let bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
        memory = nil
        return MessageContent(memory: bytes, reservation.taken())
    }

    // MARK: - Spool

    /// From here on `memory` is the buffer of the spool file.
    private func startSpooling() {
        do throws(FileError) {
            spool = try File(unnamedIn: spoolDirectory)
            flushSpoolBuffer()
        } catch {
            failure = error
        }
    }

    private func spoolOut(_ bytes: UnsafeRawBufferPointer) {
        if count + bytes.count > capacity { flushSpoolBuffer() }
        if bytes.count > capacity {
            write(bytes)
        } else if !bytes.isEmpty {
            memory!.advanced(by: count).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
            count += bytes.count
        }
    }

    private func flushSpoolBuffer() {
        write(UnsafeRawBufferPointer(start: memory, count: count))
        count = 0
    }

    private func write(_ bytes: UnsafeRawBufferPointer) {
        guard failure == nil else { return }
        do throws(FileError) { try spool!.write(bytes, at: spooledByteCount) } catch { failure = error }
        spooledByteCount += UInt64(bytes.count)
    }

    // MARK: - Digests

    private static func digested(_ lengths: [UInt64], of content: MessageContent) throws -> [IncomingMessage.Segment] {
        var stream = DigestStream()
        var start: UInt64 = 0
        var segments: [IncomingMessage.Segment] = []
        segments.reserveCapacity(lengths.count)
        for length in lengths {
            let range = start..<start + length
            try content.forEachChunk(in: range, chunkByteLimit: 1 << 20) { stream.update($0) }
            segments.append(IncomingMessage.Segment(range: range, digest: stream.finish()))
            start += length
        }
        return segments
    }

    private static func facts(of content: MessageContent) throws -> HeaderFacts {
        var facts = HeaderFacts(headerBytes: UnsafeRawBufferPointer(start: nil, count: 0))
        let range = 0..<min(content.size, 256 << 10)
        try content.forEachChunk(in: range, chunkByteLimit: 256 << 10) { facts = HeaderFacts(headerBytes: $0) }
        return facts
    }
}

extension UnsafeMutableRawPointer {
    /// Frees what `malloc` or `realloc` gave.
    func deallocateMalloced() { free(self) }
}
