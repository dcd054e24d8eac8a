import Archive
import Catalog
import Mail
import Platform

/// Reads all volumes of an archive, from the first to the last, into an empty catalogue.
struct VolumeReading {
    /// What they gave.
    struct Outcome {
        var groupCount = 0
        var messageCount = 0
        /// What could not be read of the files.
        var damages: [String] = []
        /// Files that are left as they are because more lies in them than the records tell of: after a crash, what was
        /// never committed.
        var closings: [String] = []
        /// Checkpoints that do not count, and that no later group makes good.
        var losses: [Rebuilder.Loss] = []
        /// Such that a repair has told of.
        var knownLosses: [Rebuilder.Loss] = []
        /// Gaps between records that no repair knows of.
        var breaks: [RecordChain.Break] = []

        /// All of it in words.
        var allDamages: [String] { damages + breaks.map(\.description) + losses.map(\.description) }
    }

    private let layout: ArchiveLayout
    private let catalog: Catalog
    private let sealed: [String: Digest]
    private let excluded: Set<String>
    private let isAfterCrash: Bool

    /// - Parameters:
    ///   - sealed: what `manifest-sha256.txt` lists.
    ///   - excluded: files that do not count, relative to the root.
    ///   - isAfterCrash: whether the run before died or failed, and what it left is not mended yet.
    init(
        _ layout: ArchiveLayout, into catalog: Catalog, sealed: [String: Digest], excluding excluded: Set<String> = [],
        isAfterCrash: Bool = false
    ) {
        self.layout = layout
        self.catalog = catalog
        self.sealed = sealed
        self.excluded = excluded
        self.isAfterCrash = isAfterCrash
    }

    /// - Parameters:
    ///   - onRecord: gets each record as it was read.
    ///   - progress: gets a line per volume.
    func run(
        onRecord: @escaping (GroupRecord, ScannedEntry) throws -> Void = { _, _ in }, _ progress: (String) -> Void
    ) throws -> Outcome {
        var result = Outcome()
        var repairs: [GroupRecord.Repair] = []
        var rebuilder = try Rebuilder(catalog, excluding: excluded, onRecord: onRecord)
        var closing = FileClosing(catalog)
        var endsWithOpenVolume = false
        for number in try ArchiveFolder.volumeNumbers(layout) {
            let file = ArchiveLayout.volume(number)
            guard !excluded.contains(file) else { continue }
            let isSealed = sealed[file] != nil
            if !isSealed { try ArchiveOpening.makeDurable(layout.path(file), from: 0, to: .max) }
            let outcome = try rebuilder.ingest(file, from: 0, state: isSealed ? .sealed : .open)
            progress("\(file): \(outcome.messageCount) checkpoints in \(outcome.groupCount) groups")
            result.groupCount += outcome.groupCount
            result.messageCount += outcome.messageCount
            result.damages += outcome.damages
            result.losses += outcome.losses
            result.breaks += outcome.breaks
            repairs += outcome.repairs
            if try isSealed || !isUnfinished(file, behind: outcome) { result.damages += outcome.tailDamages }
            endsWithOpenVolume = !isSealed && outcome.groupCount > 0
            if !isSealed { try closing.close(file, behind: outcome.goodLength) }
        }
        result.damages += closing.damages
        try addSealedFiles(&result)
        try passOver(what: repairs, in: &result)
        // Where a run was interrupted, the newest volume is there and nothing was ever damaged, the records are all
        // there: what an mbox holds beyond them was never committed, and the next writer cuts it off.
        let isWhole = excluded.isEmpty && repairs.isEmpty && result.allDamages.isEmpty && endsWithOpenVolume
        if !isAfterCrash || !isWhole {
            let told = closing.damages.count
            try closing.closeMboxFiles(excluding: excluded)
            result.damages += closing.damages[told...]
        }
        result.closings = closing.notices
        return result
    }

    /// Whether what cannot be read behind the last group of a volume is one that a crash interrupted.
    private func isUnfinished(_ file: String, behind outcome: Rebuilder.Outcome) throws -> Bool {
        guard !outcome.tailDamages.isEmpty else { return true }
        return try VolumeTail(
            layout, file: file, from: outcome.goodLength, behind: try catalog.lastRecord(),
            hasCatalogue: false
        )
        .isUnfinished
    }

    /// What later groups made good is no loss, and what a repair knew of is no damage any more.
    private func passOver(what repairs: [GroupRecord.Repair], in result: inout Outcome) throws {
        let gaps = Set(repairs.flatMap(\.gaps))
        result.breaks.removeAll { gaps.contains($0.gap) }
        let told = Set(repairs.flatMap(\.lost))
        let lost = try result.losses.filter {
            try catalog.holding($0.message.digest, account: $0.account.name) == nil
        }
        result.losses = lost.filter { !told.contains($0.name) }
        result.knownLosses = lost.filter { told.contains($0.name) }
        let files = try catalog.files()
        try catalog.commit(setAside: repairs.flatMap(\.setAside).map(\.path).filter { files[$0] == nil })
    }

    private func addSealedFiles(_ result: inout Outcome) throws {
        let told = try catalog.files(prefix: "mbox/")
        for file in sealed.keys.sorted() where !excluded.contains(file) {
            guard FileSystem.exists(layout.path(file)) else {
                result.damages.append("\(file): missing, though it was sealed")
                continue
            }
            let length = try File(layout.path(file), .read).length()
            if ArchiveLayout.isMbox(file), told[file]?.length ?? 0 < length {
                let end = told[file]?.length ?? 0
                result.damages.append("\(file): no record tells of what lies behind \(end) of its \(length) bytes")
            }
            try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
        }
    }
}

extension Rebuilder.Loss {
    /// As a repair names it.
    var name: GroupRecord.Repair.Lost { .init(account: account.name, digest: message.digest) }
}
