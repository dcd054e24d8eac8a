/// What lies in a volume behind its committed length, looked through without taking anything in.
///
/// Groups become durable and are committed one after the other, so a crash leaves at most one of them there: whole, cut
/// off, or, where the disk wrote its end before its middle, with holes. More is there only when the catalogue is older
/// than the volume.
package struct VolumeTail: Sendable {
    /// The end of the last group before any damage, in bytes.
    package private(set) var wholeEnd: UInt64
    private var recordCount = 0
    private var isDamaged = false
    private var isRecordBehindDamage = false

    /// Whether all that is damaged is the group that was under way: it was never committed, nor told of.
    package var isUnfinished: Bool { recordCount <= 1 || !isRecordBehindDamage }

    /// - Throws: `FileError`; damage is part of what is found.
    package init(_ layout: ArchiveLayout, file: String, from committedLength: UInt64) throws {
        wholeEnd = committedLength
        var start: UInt64? = committedLength
        while let from = start {
            let scanner = try VolumeScanner(layout, file: file, from: from)
            do {
                while let entry = try scanner.next() { note(entry) }
                start = nil
            } catch let error as ArchiveError where error.code == .damaged {
                isDamaged = true
                start = try scanner.nextEntryStart()
            }
        }
    }

    private mutating func note(_ entry: ScannedEntry) {
        guard entry.path.hasPrefix("runs/") else { return }
        recordCount += 1
        if isDamaged { isRecordBehindDamage = true } else { wholeEnd = entry.memberEnd }
    }
}
