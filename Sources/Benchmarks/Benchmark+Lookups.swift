import Archive
import Catalog
import Mail

extension Benchmark {
    /// Questions that a run asks the catalogue for every segment, and the rows that it adds.
    static let lookups =
        [10_000, 100_000].flatMap { count in
            [
                Benchmark(name: "look up known of \(count) segments", unit: .lookups) { workbench in
                    try lookingUp(workbench, stored: count, asked: 0..<UInt64(count), isKnown: true)
                },
                Benchmark(name: "look up new beside \(count) segments", unit: .lookups) { workbench in
                    try lookingUp(workbench, stored: count, asked: UInt64(count)..<UInt64(2 * count), isKnown: false)
                },
            ]
        } + [inserting]

    private static let lookupCount = 20_000

    private static func lookingUp(
        _ workbench: Workbench, stored: Int, asked: Range<UInt64>, isKnown: Bool
    ) throws -> () throws -> Sample {
        let catalog = try makeCatalog(workbench, segmentCount: stored)
        let digests = asked.prefix(lookupCount).map { digest($0 &* 7919 % UInt64(asked.count) + asked.lowerBound) }
        return {
            var sample = try Sample.measure(itemCount: digests.count) {
                for digest in digests where try catalog.hasSegment(digest) != isKnown {
                    preconditionFailure("the catalogue gives a wrong answer")
                }
            }
            sample.notes = [("µs CPU each", sample.cpuSeconds * 1e6 / Double(digests.count))]
            return sample
        }
    }

    private static let inserting = Benchmark(name: "insert 20000 segments, one commit", unit: .rows) { workbench in
        return {
            let catalog = try makeCatalog(workbench, segmentCount: 10_000)
            let rows = group(10_000..<30_000)
            var sample = try Sample.measure(itemCount: rows.segments.count) { try catalog.commit(rows) }
            sample.notes = [("µs CPU each", sample.cpuSeconds * 1e6 / Double(rows.segments.count))]
            return sample
        }
    }

    private static func makeCatalog(_ workbench: Workbench, segmentCount: Int) throws -> Catalog {
        let layout = ArchiveLayout(root: workbench.newFolder())
        try ArchiveFolder.prepare(layout)
        let catalog = try Catalog(layout, .write)
        try catalog.commit(group(0..<UInt64(segmentCount)))
        return catalog
    }

    private static func group(_ numbers: Range<UInt64>) -> CatalogGroup {
        var group = CatalogGroup(record: GroupRecord(run: GroupRecord.Run(id: "bench", started: 0)))
        let file = ArchiveLayout.volume(1)
        group.files = [CatalogGroup.File(path: file, length: 1, state: .open)]
        group.segments = numbers.map { number in
            CatalogGroup.Segment(
                digest: digest(number),
                place: Place(file: file, memberOffset: number * 50_000, innerOffset: 512, length: 2000))
        }
        return group
    }

    private static func digest(_ number: UInt64) -> Digest { withUnsafeBytes(of: number, Digest.of) }
}
