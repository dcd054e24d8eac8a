import Archive
import GRDB
import Glibc
import Mail
import Platform
import Testing

@testable import Catalog

@Suite struct AbsentDigestsTests {
    private static func digest(_ number: Int) -> Digest { withUnsafeBytes(of: UInt64(number), Digest.of) }

    /// As long as the suite: the filter is made with a connection that is opened later.
    private let scratch = Scratch()

    private func open() throws -> Catalog {
        try FileSystem.makeDirectories(scratch.layout.root)
        return try Catalog(scratch.layout, .write)
    }

    private func group(_ numbers: Range<Int>) -> CatalogGroup {
        var group = CatalogGroup(record: GroupRecord(run: GroupRecord.Run(id: "20261121T022900Z-000001", started: 1)))
        let file = ArchiveLayout.volume(1)
        group.files = [CatalogGroup.File(path: file, length: 1, state: .open)]
        group.segments = numbers.map {
            CatalogGroup.Segment(
                digest: Self.digest($0), place: Place(file: file, memberOffset: 0, innerOffset: 0, length: 1))
        }
        return group
    }

    /// Asks for what is not there until the filter stands.
    private func makeFilter(of catalog: Catalog, asking first: Int) throws {
        let end = ContinuousClock.now + .seconds(60)
        var number = first
        while !catalog.tellsAbsence, ContinuousClock.now < end {
            #expect(try !catalog.hasSegment(Self.digest(number)))
            number += 1
        }
        #expect(catalog.tellsAbsence)
    }

    @Test("a filter has every key that was added, and few others at its capacity") func filter() {
        var filter = DigestFilter(capacity: 50_000, byteLimit: .max)
        let keys = (0..<filter.capacity).map { Self.digest($0).filterKey }
        for key in keys { filter.insert(key) }
        #expect(keys.allSatisfy(filter.mayContain))
        let wrongCount = (1_000_000..<1_100_000).count { filter.mayContain(Self.digest($0).filterKey) }
        #expect(wrongCount < 2500)
    }

    @Test("a filter takes no more memory than its limit, and beyond its capacity still has every key")
    func fullFilter() {
        var filter = DigestFilter(capacity: 1_000_000, byteLimit: 4096)
        let keys = (0..<20_000).map { Self.digest($0).filterKey }
        for key in keys { filter.insert(key) }
        #expect(filter.byteCount <= 4096 && filter.capacity < 20_000)
        #expect(keys.allSatisfy(filter.mayContain))
    }

    @Test("what is stored is found before the filter stands, then, and after further commits") func found() throws {
        let catalog = try open()
        try catalog.commit(group(0..<10_000))
        try makeFilter(of: catalog, asking: 1 << 32)
        for number in 0..<10_000 { #expect(try catalog.hasSegment(Self.digest(number))) }
        try catalog.commit(group(10_000..<12_000))
        for number in 10_000..<12_000 { #expect(try catalog.hasSegment(Self.digest(number))) }
        #expect(try (20_000..<30_000).allSatisfy { try !catalog.hasSegment(Self.digest($0)) })
        try catalog.close()
    }

    @Test("commits that come while the filter is made are found at once and for good") func concurrent() throws {
        let catalog = try open()
        try catalog.commit(group(0..<100_000))
        let committed = Lock((end: 100_000, failure: String?.none))
        let writer = Thread(name: "writer") {
            for start in stride(from: 100_000, to: 110_000, by: 100) {
                do { try catalog.commit(group(start..<start + 100)) } catch {
                    return committed.withLock { $0.failure = "\(error)" }
                }
                committed.withLock { $0.end = start + 100 }
            }
        }
        var number = 1 << 32
        var random = Seeded(1)
        let deadline = ContinuousClock.now + .seconds(100)
        func isUnderWay() -> Bool {
            let isWriting = committed.withLock { $0.end < 110_000 && $0.failure == nil }
            return isWriting || (!catalog.tellsAbsence && ContinuousClock.now < deadline)
        }
        repeat {
            _ = try catalog.hasSegment(Self.digest(number))
            number += 1
            let end = committed.withLock { $0.end }
            #expect(try catalog.hasSegment(Self.digest(end - 1)))
            #expect(try catalog.hasSegment(Self.digest(Int.random(in: 0..<end, using: &random))))
        } while isUnderWay()
        writer.join()
        #expect(catalog.tellsAbsence)
        #expect(committed.withLock { $0.failure } == nil)
        for number in 0..<110_000 { #expect(try catalog.hasSegment(Self.digest(number))) }
        try catalog.close()
    }

    @Test("what a failed commit brought is not there, and is once a later one brings it") func failed() throws {
        let catalog = try open()
        try catalog.commit(group(0..<100))
        try makeFilter(of: catalog, asking: 1 << 32)
        var broken = group(200..<300)
        let unknownFile = ArchiveLayout.volume(9)
        broken.segments[50].place = Place(file: unknownFile, memberOffset: 0, innerOffset: 0, length: 1)
        #expect(throws: ArchiveError.self) { try catalog.commit(broken) }
        for number in 200..<300 { #expect(try !catalog.hasSegment(Self.digest(number))) }
        try catalog.commit(group(200..<300))
        for number in 0..<100 { #expect(try catalog.hasSegment(Self.digest(number))) }
        for number in 200..<300 { #expect(try catalog.hasSegment(Self.digest(number))) }
        try catalog.close()
    }

    @Test("a commit that began before the filter, and ends behind it, is found") func underWay() throws {
        let catalog = try open()
        try catalog.commit(group(0..<100))
        try #require(catalog.absent).duringArrival(of: [Self.digest(500)]) {
            try makeFilter(of: catalog, asking: 1 << 32)
            // The transaction of that commit ends only now.
            try catalog.database.write {
                try $0.execute(
                    sql: """
                        INSERT INTO segments (digest, file, member, inner_offset, length) VALUES (?, 1, 0, 0, 1)
                        """, arguments: [Self.digest(500).data])
            }
        }
        #expect(try catalog.hasSegment(Self.digest(500)))
        try catalog.close()
    }

    @Test("a filter that has become full is followed by a larger one") func growing() throws {
        let catalog = try open()
        try makeFilter(of: catalog, asking: 1 << 32)
        let absent = try #require(catalog.absent)
        let first = try #require(absent.capacity)
        let digests = (0..<first + 1).map(Self.digest)
        absent.duringArrival(of: digests) {}
        let end = ContinuousClock.now + .seconds(60)
        while absent.capacity == first, ContinuousClock.now < end { sched_yield() }
        #expect(absent.capacity.map { $0 > first } == true)
        try catalog.close()
    }

    @Test("a filter is no larger than its limit, and goes before a larger one that does not fit beside it")
    func limited()
        throws
    {
        let catalog = try open()
        try catalog.limitMemory(cache: 1 << 20, filter: 2_600_000)
        try makeFilter(of: catalog, asking: 1 << 32)
        let absent = try #require(catalog.absent)
        let first = try #require(absent.capacity)
        absent.duringArrival(of: (0..<first + 1).map(Self.digest)) {}
        #expect(absent.capacity != first)
        let end = ContinuousClock.now + .seconds(60)
        while absent.capacity == nil, ContinuousClock.now < end { sched_yield() }
        let second = try #require(absent.capacity)
        #expect(second > first)
        // Ten bits for each.
        #expect(second <= 2_600_000 * 8 / 10)
        try catalog.close()
    }
}
