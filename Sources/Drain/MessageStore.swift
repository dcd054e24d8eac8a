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

    /// Writes the group with its record, makes all of it durable, and gives the rows that the catalogue needs.
    func finish(_ group: PendingGroup, _ record: GroupRecord, number: Int) throws -> CatalogGroup

    /// Seals what has reached its size.
    func seal(_ limit: UInt64) throws
}
