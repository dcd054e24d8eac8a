import Archive
import Catalog
import Mail

/// Takes what records tell as missing, as soon as it is clear that they are this archive's.
final class MissingLines {
    private(set) var missing: MissingMail
    private(set) var isCopy: Bool
    /// Whether there were records before it was clear.
    private(set) var hasPassedOver = false
    private let history: RecordHistory
    private let isOurs: Bool

    /// - Parameters:
    ///   - history: of this archive.
    ///   - isOurs: whether the records lie in this archive, so that the places in them are places of it.
    ///   - isCopy: whether it is clear already.
    init(_ missing: MissingMail, _ history: RecordHistory, isOurs: Bool, isCopy: Bool) {
        self.missing = missing
        self.history = history
        self.isOurs = isOurs
        self.isCopy = isCopy
    }

    func add(_ record: GroupRecord, _ entry: ScannedEntry) throws {
        if history.isRelated(to: record, entry.digest) { isCopy = true }
        guard isCopy else { return hasPassedOver = true }
        if isOurs { history.add(record, entry) }
        for var message in record.messages {
            guard let account = record.accounts.first(where: { $0.name == message.account }) else { continue }
            if !isOurs { message.place = nil }
            try missing.add(message, of: account)
        }
    }
}
