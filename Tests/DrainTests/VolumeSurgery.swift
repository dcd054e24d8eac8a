import Archive
import Platform

/// A volume taken apart at its groups, so that a test can leave out, move or replace its records.
struct VolumeSurgery {
    struct Group {
        /// The members of the group in front of its record.
        var entries: [UInt8]
        /// The members of the record.
        var recordBytes: [UInt8]
        let record: GroupRecord
        let path: String
    }

    let scratch: Scratch
    let file: String
    var groups: [Group] = []

    init(_ scratch: Scratch, volume number: Int) throws {
        self.scratch = scratch
        file = ArchiveLayout.volume(number)
        let bytes = try scratch.bytes("archive/\(file)")
        var start = 0
        let scanner = try VolumeScanner(scratch.layout, file: file)
        while let entry = try scanner.next() {
            guard entry.isRecord else { continue }
            let (begin, end) = (Int(entry.place.memberOffset), Int(entry.memberEnd))
            groups.append(
                Group(
                    entries: Array(bytes[start..<begin]), recordBytes: Array(bytes[begin..<end]),
                    record: try GroupRecord(encoded: entry.text ?? [], path: entry.path), path: entry.path))
            start = end
        }
    }

    /// Puts another record in the place of one.
    mutating func replaceRecord(_ index: Int, with record: GroupRecord) throws {
        let other = Scratch()
        try ArchiveFolder.prepare(other.layout)
        let pool = CompressionPool(.fast, workerCount: 1)
        defer { pool.stop() }
        let writer = try VolumeWriter(other.layout, number: 1, committedLength: 0, pool: pool)
        let number = groups[index].path.split(separator: "/").last.flatMap { Int($0.prefix(4)) } ?? 1
        try writer.finishGroup(record, group: number)
        groups[index].recordBytes = try other.bytes("archive/" + ArchiveLayout.volume(1))
    }

    /// Writes the volume in place of the old one.
    func finish() throws {
        try scratch.write("archive/\(file)", groups.flatMap { $0.entries + $0.recordBytes })
    }
}
