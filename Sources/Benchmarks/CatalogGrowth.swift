import Archive
import Catalog
import Foundation
import GRDB
import Glibc
import Mail
import Simulation

/// A catalogue that grows, and what it takes at some sizes.
struct CatalogGrowth {
    static let titles = [
        "messages", "commit µs/message", "bytes/message", "of these search", "new segment µs", "cold",
        "known segment µs", "cold", "new message µs",
        "filter, cold", "filter ms", "checkpoints", "loaded ms", "peak MB",
    ]
    private static let lookupCount = 20_000
    private static let coldLookupCount = 500

    private let layout: ArchiveLayout
    private var catalog: Catalog
    private var mail: SyntheticMail
    private var random = SeededRandom(seed: 7)

    init(_ folder: String, accounts: Int) throws {
        layout = ArchiveLayout(root: folder)
        try ArchiveFolder.prepare(layout)
        catalog = try Catalog(layout, .write)
        mail = SyntheticMail(accounts: accounts)
    }

    /// Adds messages until there are `count`, and measures.
    /// - Returns: the cells of a line, as `titles` calls them.
    mutating func grow(to count: Int) throws -> [String] {
        let added = count - mail.messageCount
        var commitSeconds = 0.0
        while mail.messageCount < count {
            let group = mail.nextGroup(messages: min(SyntheticMail.messagesPerGroup, count - mail.messageCount))
            commitSeconds += try Sample.measure { try catalog.commit(group) }.wallSeconds
        }
        // What is left in the log is part of the price.
        commitSeconds += try Sample.measure { try catalog.close() }.wallSeconds
        let bytes = try bytesByTable()
        let searchBytes = bytes.reduce(0) { $1.name.hasPrefix("search") ? $0 + $1.bytes : $0 }
        let known = segments(of: 0..<count)
        let new = segments(of: 1 << 40..<(1 << 40) + count)
        // A reader has no filter.
        let reader = try Catalog(layout, .read)
        let coldNew = try microseconds(new.prefix(Self.coldLookupCount), isCold: true) { try reader.hasSegment($0) }
        let warmNew = try microseconds(new[...]) { try reader.hasSegment($0) }
        let coldKnown = try microseconds(known.prefix(Self.coldLookupCount), isCold: true) {
            try reader.hasSegment($0)
        }
        let warmKnown = try microseconds(known[...]) { try reader.hasSegment($0) }
        let newMessage = try microseconds(new[...]) { try Self.askForNewMessage($0, reader) }
        try reader.close()
        catalog = try Catalog(layout, .write)
        let filtering = try Sample.measure { while !catalog.tellsAbsence { _ = try catalog.hasSegment(nextNew()) } }
        let filteredMessage = try microseconds(new[...], isCold: true) { try Self.askForNewMessage($0, catalog) }
        let large = GroupRecord.Account(
            name: SyntheticMail.largeAccount, host: "pop.example.org", port: 995, user: SyntheticMail.largeAccount)
        var checkpointCount = 0
        let loading = try Sample.measure { checkpointCount = try catalog.maildropState(of: large).checkpoints.count }
        let figures =
            [
                commitSeconds * 1e6 / Double(added), bytes.reduce(0) { $0 + Double($1.bytes) } / Double(count),
                Double(searchBytes) / Double(count), warmNew, coldNew, warmKnown, coldKnown, newMessage,
                filteredMessage, filtering.wallSeconds * 1e3,
                Double(checkpointCount), loading.wallSeconds * 1e3, Double(ClientStopwatch.peakByteCount()) / 1e6,
            ]
        return ["\(count)"] + figures.map(ResultTable.number)
    }

    /// As a run asks for a message that nobody has, of three segments.
    private static func askForNewMessage(_ digest: Digest, _ catalog: Catalog) throws {
        _ = try catalog.holding(digest, account: SyntheticMail.largeAccount)
        for _ in 0..<2 { _ = try catalog.segments(of: digest) }
        for _ in 0..<4 { _ = try catalog.hasSegment(digest) }
    }

    /// The digest of a segment that is nowhere.
    private mutating func nextNew() -> Digest {
        SyntheticMail.segment(0, ofMessage: Int.random(in: 1 << 41..<1 << 42, using: &random))
    }

    /// The size of each table and index, the largest first.
    func bytesByTable() throws -> [(name: String, bytes: Int)] {
        let database = try DatabaseQueue(path: layout.catalog)
        return try database.read { database in
            // Sizes themselves have 32 bits there.
            let pageByteCount = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 0
            return try Row.fetchAll(
                database, sql: "SELECT name, pageno FROM dbstat WHERE aggregate = TRUE ORDER BY pageno DESC"
            ).map { ($0[0], pageByteCount * $0[1]) }
        }
    }

    private mutating func segments(of messages: Range<Int>) -> [Digest] {
        (0..<Self.lookupCount).map { _ in
            let number = Int.random(in: messages, using: &random)
            let index = Int.random(in: 0..<SyntheticMail.segmentCount(ofMessage: number), using: &random)
            return SyntheticMail.segment(index, ofMessage: number)
        }
    }

    private func microseconds<Answer>(
        _ digests: ArraySlice<Digest>, isCold: Bool = false, _ question: (Digest) throws -> Answer
    ) throws -> Double {
        if isCold { try forgetPages() }
        let sample = try Sample.measure { for digest in digests { keep(try question(digest)) } }
        return sample.wallSeconds * 1e6 / Double(digests.count)
    }

    /// Has the operating system drop what it holds of the file.
    private func forgetPages() throws {
        let descriptor = open(layout.catalog, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkError("\(layout.catalog) cannot be opened") }
        defer { Glibc.close(descriptor) }
        _ = fsync(descriptor)
        guard posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) == 0 else {
            throw BenchmarkError("the pages of \(layout.catalog) cannot be dropped")
        }
    }
}
