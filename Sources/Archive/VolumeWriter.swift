package import Mail
import Platform

/// Writes groups of entries into the open volume, and when that is full into the next. Used by one thread.
///
/// Entries of one kind gather in members of their own, so that like is compressed with like. A group is in the file, and
/// its places known, after `finishGroup`; it is durable once `flushedFile` is synced. The entries of the next one may be
/// added meanwhile: while the writer is held they stay in memory.
package final class VolumeWriter {
    /// What kind of bytes an entry holds, and so which member it joins.
    private enum Lane: Int, CaseIterable { case headers, leaves, lists }

    /// A segment from this many bytes on has members of its own.
    private static let ownMemberByteThreshold = 96 << 10
    private static let headerByteCount = 512
    /// Chunks of this size fill members to the brim, and the padding of the last one still fits.
    private static let largeByteCount = MemberSize.rawByteLimit - headerByteCount

    /// Relative to the archive's root.
    package private(set) var file: String
    package private(set) var number: Int
    private let layout: ArchiveLayout
    private let appender: MemberAppender
    private let encoders: [TarEncoder]
    private let largeEncoder: TarEncoder
    /// Per lane, the entries whose member is not closed yet.
    private var open: [[Slot]]
    private var isNameDurable: Bool

    /// The member of an entry, once it is closed.
    fileprivate final class Slot {
        var member: MemberAppender.Member?
    }

    /// Where an entry's content will be, known after `finishGroup`.
    package struct Handle {
        fileprivate let slot: Slot
        fileprivate let innerOffset: Int
        fileprivate let length: UInt64
    }

    /// - Parameter committedLength: where the next group goes; what lies behind it is cut off.
    package init(_ layout: ArchiveLayout, number: Int, committedLength: UInt64, pool: CompressionPool) throws {
        self.number = number
        self.layout = layout
        file = ArchiveLayout.volume(number)
        isNameDurable = committedLength > 0
        appender = MemberAppender(layout.path(file), committedLength: committedLength, pool: pool)
        encoders = try Lane.allCases.map { _ in try TarEncoder() }
        largeEncoder = try TarEncoder()
        open = Lane.allCases.map { _ in [] }
    }

    /// The end of what was written, in bytes.
    package var length: UInt64 { appender.length }

    /// Whether nothing is written for now. The caller bounds what is added meanwhile.
    package var isHeld: Bool {
        get { appender.isHeld }
        set { appender.isHeld = newValue }
    }

    /// Adds a segment under its digest.
    package func addPart(_ segment: IncomingMessage.Segment, of message: IncomingMessage) throws -> Handle {
        try add(
            path: ArchiveLayout.part(segment.digest), range: segment.range, of: message,
            lane: segment.range.lowerBound == 0 ? .headers : .leaves)
    }

    /// Adds a message that is kept whole.
    package func addWhole(path: String, _ message: IncomingMessage) throws -> Handle {
        try add(path: path, range: 0..<message.size, of: message, lane: .headers)
    }

    /// Adds a list of paths, one a line: `xargs cat < LIST` gives the message.
    package func addList(path: String, _ paths: [String], time: Int64) throws {
        let bytes = Array(paths.map { $0 + "\n" }.joined().utf8)
        _ = try addSmall(path: path, bytes, time: time, lane: .lists)
    }

    /// Writes all that was added and then the record, whose presence makes the group whole.
    /// - Returns: the SHA-256 of the record, which the next one names.
    @discardableResult
    package func finishGroup(_ record: GroupRecord, group: Int) throws -> Digest {
        for lane in Lane.allCases { try closeMember(lane) }
        let bytes = try record.encoded()
        try addRecord(bytes, record.run, group: group)
        try appender.flush()
        return bytes.withUnsafeBytes { Digest.of($0) }
    }

    /// What has to be synced to make the finished groups durable; `nil` where nothing was written.
    package func flushedFile() -> FlushedFile? {
        defer { isNameDurable = true }
        return appender.flushedFile(in: isNameDurable ? [] : [FileSystem.parent(of: layout.path(file))])
    }

    /// The place behind a handle, after `finishGroup`.
    package func place(of handle: Handle) -> Place {
        guard let member = handle.slot.member else { preconditionFailure("a place was asked for before its group") }
        return Place(
            file: file, memberOffset: member.offset, innerOffset: UInt32(handle.innerOffset), length: handle.length)
    }

    /// Ends the volume with tar's end-of-archive blocks, durable (POSIX pax, "ustar Interchange Format").
    /// - Returns: the SHA-256 of the file.
    package func finishVolume() throws -> Digest {
        try appender.appendLast([UInt8](repeating: 0, count: 1024))
        try flushedFile()?.sync()
        return try appender.digest()
    }

    /// Takes away the right to write, as the volume is sealed, and goes on with the next one.
    package func beginNextVolume() throws {
        try appender.makeReadOnly()
        number += 1
        file = ArchiveLayout.volume(number)
        appender.begin(layout.path(file))
        isNameDurable = false
    }

    // MARK: - Entries

    private func add(
        path: String, range: Range<UInt64>, of message: IncomingMessage, lane: Lane
    ) throws -> Handle {
        let time = message.time
        if range.count >= Self.ownMemberByteThreshold {
            return try addLarge(path: path, range: range, of: message.content, time: time)
        }
        let encoder = encoders[lane.rawValue]
        let innerOffset = encoder.byteCount + Self.headerByteCount
        try encoder.begin(path: path, size: UInt64(range.count), time: time)
        try message.content.forEachChunk(in: range, chunkByteLimit: Self.ownMemberByteThreshold) {
            try encoder.write($0)
        }
        try encoder.finish()
        return try handle(innerOffset, UInt64(range.count), lane)
    }

    private func addSmall(path: String, _ bytes: [UInt8], time: Int64, lane: Lane) throws -> Handle {
        let encoder = encoders[lane.rawValue]
        let innerOffset = encoder.byteCount + Self.headerByteCount
        try encoder.begin(path: path, size: UInt64(bytes.count), time: time)
        try bytes.withUnsafeBytes { try encoder.write($0) }
        try encoder.finish()
        return try handle(innerOffset, UInt64(bytes.count), lane)
    }

    private func handle(_ innerOffset: Int, _ length: UInt64, _ lane: Lane) throws -> Handle {
        let slot = Slot()
        open[lane.rawValue].append(slot)
        let handle = Handle(slot: slot, innerOffset: innerOffset, length: length)
        if encoders[lane.rawValue].byteCount >= MemberSize.rawByteTarget { try closeMember(lane) }
        return handle
    }

    private func closeMember(_ lane: Lane) throws {
        let encoder = encoders[lane.rawValue]
        guard encoder.byteCount > 0 else { return }
        let member = try appender.append(encoder.take())
        for slot in open[lane.rawValue] { slot.member = member }
        open[lane.rawValue].removeAll(keepingCapacity: true)
    }

    /// An entry in members of its own: the first begins with its header, none holds anything else.
    private func addLarge(
        path: String, range: Range<UInt64>, of content: MessageContent, time: Int64
    ) throws -> Handle {
        let slot = Slot()
        try largeEncoder.begin(path: path, size: UInt64(range.count), time: time)
        try content.forEachChunk(in: range, chunkByteLimit: Self.largeByteCount) {
            try largeEncoder.write($0)
            if largeEncoder.byteCount >= Self.largeByteCount { try closeLargeMember(of: slot) }
        }
        try largeEncoder.finish()
        try closeLargeMember(of: slot)
        return Handle(slot: slot, innerOffset: Self.headerByteCount, length: UInt64(range.count))
    }

    /// Closes a member of an entry that has its own.
    /// - Parameter slot: gets the first of them.
    private func closeLargeMember(of slot: Slot) throws {
        guard largeEncoder.byteCount > 0 else { return }
        let start: MemberMark.Start = slot.member == nil ? .entry : .continuation
        let member = try appender.append(largeEncoder.take(), start: start)
        if slot.member == nil { slot.member = member }
    }

    private func addRecord(_ bytes: [UInt8], _ run: GroupRecord.Run, group: Int) throws {
        let path = ArchiveLayout.record(run: run.id, group: group)
        let slot = Slot()
        try largeEncoder.begin(path: path, size: UInt64(bytes.count), time: run.started)
        try bytes.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + Self.largeByteCount, bytes.count)
                try largeEncoder.write(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
                if largeEncoder.byteCount >= Self.largeByteCount { try closeLargeMember(of: slot) }
                start = end
            }
        }
        try largeEncoder.finish()
        try closeLargeMember(of: slot)
    }
}
