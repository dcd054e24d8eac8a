import Catalog
import Mail

/// What a verification found in one file.
struct FileFindings {
    var entryCount = 0
    var sealedFileCount = 0
    var damages: [Verification.Damage] = []
    /// The records of a volume, in their order.
    var records: [Findings.Record] = []
    /// Of what `Findings` has under these names, its part.
    var told: Set<Int> = []
    var unheld: [Findings.Holding: String] = [:]
    /// Single copies in mbox files that do not come back.
    var copies: [Verification.Damage] = []

    /// Forgets what was written behind a record, where that is here.
    mutating func removeRecords(behind last: Digest?) {
        guard let index = records.firstIndex(where: { $0.digest == last }) else { return }
        records.removeSubrange((index + 1)...)
    }
}

/// What a file should be.
struct ExpectedFile: Equatable {
    var file: CatalogGroup.File
    /// Under which it was sealed; `nil` while it is not.
    var digest: Digest?
}

extension Findings {
    mutating func add(_ found: FileFindings, of file: String) {
        counts.entryCount += found.entryCount
        counts.sealedFileCount += found.sealedFileCount
        files += found.damages
        copies += found.copies
        told.formUnion(found.told)
        unheld.merge(found.unheld) { known, _ in known }
        if !found.records.isEmpty { records[file] = found.records }
    }
}
