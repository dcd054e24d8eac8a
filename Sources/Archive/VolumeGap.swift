import Platform

/// A part of a volume that cannot be read.
struct VolumeGap: ~Copyable {
    /// A disk writes at least so much at once, in bytes.
    private static let sectorByteCount: UInt64 = 512
    /// Fewer zeros than these stand in whole members too.
    private static let leastZeroCount = 8
    /// No record is compressed to so little: it has a tar header and names a run.
    private static let leastRecordByteCount: UInt64 = 128

    private let file: File
    private let fileEnd: UInt64
    private let start: UInt64
    /// Where reading goes on; `nil` where it does not.
    private let end: UInt64?
    /// The entry that it begins in; `nil` between two.
    private let openPath: String?

    /// - Parameters:
    ///   - scanner: has come upon it.
    ///   - end: where reading goes on; `nil` where it does not.
    init(_ path: String, behind scanner: VolumeScanner, end: UInt64?) throws(FileError) {
        let file = try File(path, .read)
        fileEnd = try file.length()
        self.file = file
        (start, openPath) = (scanner.position, scanner.openPath)
        self.end = end
    }

    /// Whether bytes of it provably never reached the disk, so that nothing in it was ever committed: a sector of it is
    /// empty, or the file ends inside a member.
    /// - Parameter recordToo: also where that member is a record.
    func isNeverWritten(since committedLength: UInt64, recordToo: Bool) throws(FileError) -> Bool {
        if start >= fileEnd { return true }
        if try hasEmptySector(since: committedLength) { return true }
        guard end == nil, recordToo || openPath?.hasPrefix("runs/") != true else { return false }
        if fileEnd - start < Self.leastRecordByteCount { return true }
        let inflater = MemberInflater()
        defer { withExtendedLifetime(inflater) {} }
        guard let beginning = try inflater.cutOffMember(file, at: start) else { return false }
        if recordToo || openPath != nil { return true }
        return beginning.count >= 512 && !beginning.starts(with: "runs/".utf8)
    }

    private func hasEmptySector(since committedLength: UInt64) throws(FileError) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        let sector = Int(Self.sectorByteCount)
        var position = start & ~(Self.sectorByteCount - 1)
        while position < end ?? fileEnd {
            let count = try file.read(into: buffer, at: position)
            guard count > 0 else { return false }
            for first in stride(from: 0, to: count, by: sector) {
                guard position + UInt64(first) < end ?? fileEnd else { return false }
                // What is committed in its first sector was there before.
                let from = max(first, Int(clamping: Int64(committedLength) - Int64(position)))
                let part = UnsafeRawBufferPointer(rebasing: buffer[min(from, count)..<min(first + sector, count)])
                if part.count >= Self.leastZeroCount, part.allSatisfy({ $0 == 0 }) { return true }
            }
            position += UInt64(buffer.count)
        }
        return false
    }
}
