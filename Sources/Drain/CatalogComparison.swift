import Archive
import Catalog
import Mail

/// Two catalogues of one archive: one that was kept, and one that was made anew.
struct CatalogComparison {
    let old: Catalog
    let new: Catalog

    /// Whether the new one says anything that the old one does not.
    func isOldLacking() throws -> Bool {
        if try new.lastRecord() != old.lastRecord() || haveOtherFiles() { return true }
        var isLacking = false
        try new.forEachHolding { account, message, hasCheckpoint in
            guard !isLacking else { return }
            isLacking = try !old.knows(message, of: account.name, hasCheckpoint: hasCheckpoint)
        }
        try new.forEachSegment { segment, place in
            if !isLacking { isLacking = try old.place(of: segment) != place }
        }
        try new.forEachResult { run, result in
            if !isLacking { isLacking = try !old.hasResult(of: run.id, account: result.account) }
        }
        return try isLacking || !MissingNotes(of: new, in: old).isEmpty
    }

    /// Whether they know other lengths of files, or others as sealed; names that only are not used again do not count.
    private func haveOtherFiles() throws -> Bool {
        func known(_ catalog: Catalog) throws -> [String: [UInt64]] {
            try catalog.files().filter { $0.value.length > 0 }.mapValues { [$0.length, $0.isSealed ? 1 : 0] }
        }
        return try known(old) != known(new)
    }
}

extension Catalog {
    fileprivate func knows(_ message: GroupRecord.Message, of account: String, hasCheckpoint: Bool) throws -> Bool {
        guard try holding(message.digest, account: account) == message.path else { return false }
        return try !hasCheckpoint
            || checkpoints(ofUniqueID: message.uniqueID, account: account).contains { $0.message == message.digest }
    }
}
