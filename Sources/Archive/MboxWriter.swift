package import Mail
import Platform

/// Appends messages to one account's mbox file, as gzip members of an mboxrd stream, and when that is full to the next.
/// Used by one thread.
///
/// What was added is in the file after `flush` and durable after `sync`. While the writer is held it stays in memory.
package final class MboxWriter {
    /// Where a message will be, known after `flush`.
    package struct Handle {
        fileprivate let slot: Slot
        fileprivate let innerOffset: Int
        fileprivate let length: UInt64
    }

    fileprivate final class Slot {
        var member: MemberAppender.Member?
    }

    /// Relative to the archive's root.
    package private(set) var file: String
    private var number: Int
    private let layout: ArchiveLayout
    private let account: String
    private let appender: MemberAppender
    private var buffer: [UInt8] = []
    private var slot = Slot()
    private var isNameDurable: Bool

    /// - Parameter committedLength: where the next member goes; what lies behind it is cut off.
    package init(
        _ layout: ArchiveLayout, account: String, number: Int, committedLength: UInt64, pool: CompressionPool
    ) throws {
        self.number = number
        self.layout = layout
        self.account = account
        file = ArchiveLayout.mbox(account: account, number)
        let path = layout.path(file)
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        isNameDurable = committedLength > 0
        appender = MemberAppender(path, committedLength: committedLength, pool: pool)
    }

    /// Nothing is added to the file any more: what is added goes into the next one, and is written when that is begun.
    package var isFull = false

    /// The file that what is added goes into.
    package var fileOfNext: String { isFull ? ArchiveLayout.mbox(account: account, number + 1) : file }

    /// The end of what was written, in bytes.
    package var length: UInt64 { appender.length }

    /// Whether all that was added is written.
    package var isFlushed: Bool { buffer.isEmpty && appender.isFlushed }

    /// Whether nothing is written for now. The caller bounds what is added meanwhile.
    package var isHeld: Bool {
        get { appender.isHeld }
        set { appender.isHeld = newValue }
    }

    /// Adds a message: `From ` line, quoted content, empty line (RFC 4155, Appendix A, with reversible quoting).
    /// - Parameter time: for the `From ` line, in seconds since 1970.
    package func add(_ message: IncomingMessage, time: Int64) throws -> Handle {
        if buffer.count >= MemberSize.rawByteTarget { try closeMember() }
        try MboxEntry.withFromLine(message.facts, time: time) { try append($0) }
        if buffer.count == MemberSize.rawByteLimit { try closeMember() }
        let (start, innerOffset) = (slot, buffer.count)
        var length: UInt64 = 0
        var quoting = Mboxrd(.quote)
        func give(_ bytes: UnsafeRawBufferPointer) throws {
            length += UInt64(bytes.count)
            try append(bytes)
        }
        try message.content.forEachChunk(in: 0..<message.size, chunkByteLimit: MemberSize.rawByteLimit) {
            try quoting.consume($0, emit: give)
        }
        try quoting.finish(emit: give)
        try MboxEntry.withEnd { try append($0) }
        return Handle(slot: start, innerOffset: innerOffset, length: length)
    }

    package func flush() throws {
        try closeMember()
        try appender.flush()
    }

    package func sync() throws {
        let folder = FileSystem.parent(of: layout.path(file))
        let folders = [folder, FileSystem.parent(of: folder), layout.root]
        try appender.flushedFile(in: isNameDurable ? [] : folders)?.sync()
        isNameDurable = true
    }

    /// The place behind a handle, after `flush`.
    package func place(of handle: Handle) -> Place {
        guard let member = handle.slot.member else { preconditionFailure("a place was asked for before its flush") }
        return Place(
            file: file, memberOffset: member.offset, innerOffset: UInt32(handle.innerOffset), length: handle.length)
    }

    /// The SHA-256 of the file.
    package func digest() throws -> Digest { try appender.digest() }

    /// Takes away the right to write, as the file is complete, and goes on with the next one.
    package func beginNextFile() throws {
        try appender.makeReadOnly()
        number += 1
        file = ArchiveLayout.mbox(account: account, number)
        appender.begin(layout.path(file))
        (isFull, isNameDurable) = (false, false)
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            if buffer.count == MemberSize.rawByteLimit { try closeMember() }
            let part = rest.prefix(MemberSize.rawByteLimit - buffer.count)
            buffer.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
    }

    private func closeMember() throws {
        guard !buffer.isEmpty else { return }
        slot.member = try appender.append(buffer)
        slot = Slot()
        buffer = []
        buffer.reserveCapacity(MemberSize.rawByteTarget)
    }
}
