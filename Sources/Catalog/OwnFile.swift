import Archive
import GRDB
import Mail

/// The account's own file of a message, as a column holds it: nearly always account and digest tell its path, and a small
/// number stands for it.
enum OwnFile {
    private static let list: Int64 = 0
    private static let whole: Int64 = 1

    static func value(of message: GroupRecord.Message) -> DatabaseValue {
        let (path, account, digest) = (message.path, message.account, message.digest)
        if path.hasSuffix(".parts"), path == ArchiveLayout.list(account: account, digest) { return list.databaseValue }
        if path.hasSuffix(".eml"), path == ArchiveLayout.whole(account: account, digest) { return whole.databaseValue }
        return path.databaseValue
    }

    static func path(_ value: DatabaseValue, account: String, _ digest: Digest) -> String {
        switch value.storage {
        case .int64(list): ArchiveLayout.list(account: account, digest)
        case .int64: ArchiveLayout.whole(account: account, digest)
        default: String.fromDatabaseValue(value) ?? ""
        }
    }
}
