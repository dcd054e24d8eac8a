package import Mail

/// What lies in a volume behind its committed length, looked through without taking anything in.
///
/// Groups become durable and are committed one after the other, so a crash leaves at most one of them there: whole, cut
/// off, or, where the disk wrote its end before its middle, with holes. More is there when the catalogue is older than
/// the volume, and then damage may stand where a record was that somebody relies on. So what is damaged is taken for the
/// group that was under way only where that is proved.
package struct VolumeTail: Sendable {
    /// The end of the last group before any damage, in bytes.
    package private(set) var wholeEnd: UInt64
    private let start: UInt64
    private var isDamaged = false
    /// Whether all damage is where bytes never reached the disk: what was committed had reached it.
    private var isNeverWritten = true
    /// What the first record behind damage names, and whether nothing stands behind it.
    private var nextRecord: (previous: Digest?, isLast: Bool)?
    private let newestRecord: Digest?
    private let hasCatalogue: Bool

    /// Whether all that lies behind `wholeEnd` is the group that was under way: it was never committed, nor told of.
    ///
    /// It is, where all of it can be read and there is no record; else only if it is the first group of the tail, its
    /// damage is holes or the end of the file, and its record is not there yet or follows the newest one committed. A
    /// record that the end of the file cuts off was under way too, unless there is no catalogue that would know it.
    package var isUnfinished: Bool {
        guard isDamaged else { return true }
        guard wholeEnd == start, isNeverWritten else { return false }
        guard let nextRecord else { return true }
        return nextRecord.isLast && nextRecord.previous == newestRecord
    }

    /// - Parameters:
    ///   - newestRecord: the last one that is committed.
    ///   - hasCatalogue: the catalogue tells of that; else it was made anew from the volumes.
    /// - Throws: `FileError`; damage is part of what is found.
    package init(
        _ layout: ArchiveLayout, file: String, from committedLength: UInt64, behind newestRecord: Digest?,
        hasCatalogue: Bool
    ) throws {
        (wholeEnd, start) = (committedLength, committedLength)
        self.newestRecord = newestRecord
        self.hasCatalogue = hasCatalogue
        var next: UInt64? = committedLength
        while let from = next {
            let scanner = try VolumeScanner(layout, file: file, from: from)
            do {
                while let entry = try scanner.next() { try note(entry) }
                next = nil
            } catch let error as ArchiveError where error.code == .damaged {
                isDamaged = true
                nextRecord?.isLast = false
                next = try scanner.nextEntryStart()
                let gap = try VolumeGap(layout.path(file), behind: scanner, end: next)
                if try !gap.isNeverWritten(since: committedLength, recordToo: hasCatalogue) { isNeverWritten = false }
            }
        }
    }

    private mutating func note(_ entry: ScannedEntry) throws {
        nextRecord?.isLast = false
        guard entry.isRecord else { return }
        if !isDamaged {
            wholeEnd = entry.memberEnd
        } else if nextRecord == nil {
            nextRecord = (nil, false)
            nextRecord = (try GroupRecord(encoded: entry.text ?? [], path: entry.path).previous, true)
        }
    }
}
