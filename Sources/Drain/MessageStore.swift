import Archive
import Catalog
import Mail

/// Where messages of a group go: into volumes or into mbox files. Used by the committer's thread.
protocol MessageStore: AnyObject {
    /// Writes what is new of a message.
    /// - Returns: the account's file of it, and how many octets were stored.
    func add(
        _ message: IncomingMessage, account: String, to group: inout PendingGroup
    ) throws -> (path: String, storedOctets: UInt64)

    /// Writes the group with its record.
    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> WrittenGroup

    /// Whether nothing is written for now: what is added stays in memory. The caller bounds how much that is.
    func hold(_ isHeld: Bool)

    /// Seals what has reached its size; all that was written is committed.
    func seal(_ limit: UInt64) throws
}

/// A group that is in the files.
struct WrittenGroup: Sendable {
    /// What the catalogue gets, once the file is durable.
    var rows: CatalogGroup
    /// The one with the record, which is not durable yet; all others are.
    let file: FlushedFile?

    /// Makes the group count.
    func commit(to catalog: Catalog) throws {
        try file?.sync()
        try catalog.commit(rows)
    }
}
