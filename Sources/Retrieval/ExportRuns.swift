import Archive
import Catalog

/// The messages of an account, a few neighbours at a time: what one thread reads at once.
struct ExportRuns {
    private static let messageLimit = 64
    private static let octetLimit: UInt64 = 1 << 20

    private var rest: ArraySlice<CatalogMessage>

    init(_ messages: [CatalogMessage]) { rest = messages[...] }

    /// So many as have 1 MiB together; one that is larger, alone.
    mutating func next() -> ArraySlice<CatalogMessage>? {
        guard !rest.isEmpty else { return nil }
        var octets: UInt64 = 0
        var count = 0
        while count < min(rest.count, Self.messageLimit) {
            octets += rest[rest.startIndex + count].size
            guard count == 0 || octets <= Self.octetLimit else { break }
            count += 1
        }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }
}
