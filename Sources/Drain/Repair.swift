package import Archive
import Catalog
package import Mail
import Manifest
import Platform

/// Mends an archive: what is damaged in it is written again from whatever good copy there is, in the archive or beside
/// it, and what cannot be had is forgotten, so that a later drain fetches it again.
///
/// No file of mail is changed. A sealed one that a source has with its SHA-256 is put back whole. Any other damaged file
/// is set aside, and all that is good in it and needed goes into new volumes first, so that the archive can be read
/// without it. The order is that of a drain: written, synced, read back; then the catalogue is replaced in one step; only
/// then are the damaged files moved.
package struct Repair {
    /// A message, in the accounts that it is told of.
    package struct Message: Sendable, CustomStringConvertible {
        package let digest: Digest
        package var accounts: [String] = []
        /// Why it cannot be repaired; empty when it is.
        package var reason = ""

        package var description: String {
            "message \(digest) of \(accounts.joined(separator: ", "))" + (reason.isEmpty ? "" : ": \(reason)")
        }
    }

    package struct Outcome: Sendable {
        /// What was found besides, and mended.
        package var notices: [String] = []
        /// Sealed files that are whole again, and the copies that they were put back from.
        package var putBack: [(file: String, copy: String)] = []
        /// Damaged files that are no part of the archive any more, and why.
        package var setAside: [(file: String, reason: String)] = []
        /// Messages that did not come back, and do again.
        package var repaired: [Message] = []
        /// Messages that the archive does not hold any more.
        package var lost: [Message] = []
        /// Undamaged messages of damaged files that were written again, counted once for each account.
        package var rewrittenCount = 0
        package var knownGapCount = 0

        package var isNothing: Bool {
            notices.isEmpty && putBack.isEmpty && setAside.isEmpty && repaired.isEmpty && lost.isEmpty
                && rewrittenCount == 0 && knownGapCount == 0
        }
    }

    private let layout: ArchiveLayout
    private let sources: [String]
    private let volumeByteLimit: UInt64

    /// - Parameter sources: other archives, volumes and messages.
    package init(_ layout: ArchiveLayout, sources: [String] = [], volumeByteLimit: UInt64 = 1 << 30) {
        self.layout = layout
        self.sources = sources
        self.volumeByteLimit = volumeByteLimit
    }

    /// Repairs.
    /// - Parameter progress: gets a line for each file that is read.
    /// - Throws: `ArchiveError`, `FileError`, errors of the catalogue; then no file of mail is other than it was.
    package func run(progress: (String) -> Void) async throws -> Outcome {
        try ArchiveFolder.check(layout)
        let sources = try sources.map(RepairSource.init)
        let lock = try ArchiveLock(layout)
        defer { withExtendedLifetime(lock) {} }
        do { return try await run(lock, sources, progress) } catch {
            lock.leaveName()
            throw error
        }
    }

    private func run(
        _ lock: ArchiveLock, _ sources: [RepairSource], _ progress: (String) -> Void
    ) async throws -> Outcome {
        var outcome = Outcome()
        outcome.notices += try RepackSwitch.settle(layout)
        let old = try openCatalog(lock, &outcome)
        try cutTail(lock, old, &outcome)
        var survey = try FileSurvey(layout, try old.files(), progress: progress)
        if !survey.listDamages.isEmpty {
            try VolumeChecksums.replace(layout, with: survey.sealed)
            outcome.notices += survey.listDamages
        }
        try putBack(&survey, sources, &outcome)
        defer { try? TemporaryCatalog.removeAll(layout) }
        let plan = try RepairPlan(layout, old, survey, sources, progress)
        let writing = RepairWriting(layout, plan, setAside: setAside(survey))
        if writing.isNeeded {
            let settings = ArchiveSettings(
                path: layout.root, format: try format(old), volumeByteLimit: volumeByteLimit)
            let reasons = try await writing.run(settings, try old.files())
            try tell(plan, old, reasons, writing.brokenCopies, &outcome)
        } else if plan.isCatalogOutdated {
            outcome.notices.append("the catalogue was not as the volumes are: it is made anew")
        }
        outcome.setAside = survey.damages.sorted { $0.key < $1.key }.map { (file: $0.key, reason: $0.value) }
        outcome.knownGapCount = plan.found.breaks.count
        guard writing.isNeeded || plan.isCatalogOutdated else { return outcome }
        try plan.replaceCatalog()
        try SettingAside(layout).run(survey.damages.keys.sorted())
        return outcome
    }

    /// The catalogue, made anew where it cannot be used.
    private func openCatalog(_ lock: ArchiveLock, _ outcome: inout Outcome) throws -> Catalog {
        let isNew = try ArchiveFolder.volumeNumbers(layout).isEmpty
        var damages: [String] = []
        do {
            let catalog = try ArchiveOpening.openCatalog(lock, layout, isNew: isNew, &outcome.notices, &damages)
            guard let problem = try catalog.integrityProblem() else { return catalog }
            outcome.notices.append("the catalogue was damaged (\(problem)): it is made anew from the volumes")
            try? catalog.close()
        } catch let error as ArchiveError where error.code == .damaged {
            outcome.notices.append("\(error.message): done")
        }
        _ = try Reindex.rebuild(layout, isAfterCrash: lock.staleHolder != nil) { _ in }
        return try Catalog(layout, .write)
    }

    /// Keeps what a crash left whole behind the last commit point, and cuts off the rest.
    private func cutTail(_ lock: ArchiveLock, _ old: Catalog, _ outcome: inout Outcome) throws {
        let numbers = try ArchiveFolder.volumeNumbers(layout)
        // What is damaged in it is found when the files are read.
        var damages: [String] = []
        let open = try ArchiveOpening.mend(lock, layout, old, numbers, allowsLoss: true, &outcome.notices, &damages)
        let path = layout.path(ArchiveLayout.volume(open.number))
        guard FileSystem.exists(path) else { return }
        if open.committedLength == 0 {
            try FileSystem.remove(path)
        } else if try File(path, .read).length() > open.committedLength {
            try File(path, .readWrite).truncate(to: open.committedLength)
        }
    }

    private func putBack(
        _ survey: inout FileSurvey, _ sources: [RepairSource], _ outcome: inout Outcome
    ) throws {
        for file in survey.damages.keys.sorted() {
            guard let digest = survey.sealed[file] else { continue }
            for copy in sources.compactMap({ $0.copy(of: file) }) {
                guard try VolumeChecksums.digest(of: copy) == digest else { continue }
                try SealedCopy(layout, file, digest).put(from: copy)
                survey.restored(file)
                outcome.putBack.append((file, copy))
                break
            }
        }
    }

    private func setAside(_ survey: FileSurvey) -> [GroupRecord.Repair.SetAside] {
        survey.damages.keys.sorted().map {
            GroupRecord.Repair.SetAside(path: $0, sha256: survey.sealed[$0]?.hex)
        }
    }

    private func format(_ old: Catalog) throws -> ArchiveFormat {
        try old.holdsMboxMail() ?? FileSystem.exists(layout.path("mbox")) ? .mbox : .tar
    }

    /// Sorts what was missing by what became of it.
    private func tell(
        _ plan: RepairPlan, _ old: Catalog, _ reasons: [Digest: String], _ brokenCopies: Set<RepairWriting.Copy>,
        _ outcome: inout Outcome
    ) throws {
        for digest in plan.damagedMessages.union(plan.missing.holdings.keys).sorted() {
            var repaired = Message(digest: digest)
            var lost = Message(digest: digest)
            let wanted = plan.missing.holdings[digest]?.keys.map(\.self) ?? []
            let isDamaged = plan.damagedMessages.contains(digest)
            for account in Set(isDamaged ? try old.holders(of: digest) + wanted : wanted).sorted() {
                let wasHeld = try old.holding(digest, account: account) != nil
                let wasBroken = brokenCopies.contains(RepairWriting.Copy(account: account, message: digest))
                if try plan.sound.holding(digest, account: account) == nil {
                    let isUnnamed = plan.missing.holdings[digest]?[account]?.isUnnamed ?? false
                    if !isUnnamed { lost.accounts.append(account) }
                } else if isDamaged || !wasHeld || wasBroken {
                    repaired.accounts.append(account)
                } else {
                    outcome.rewrittenCount += 1
                }
            }
            lost.reason = reasons[digest] ?? "no whole copy is left of it"
            if !repaired.accounts.isEmpty { outcome.repaired.append(repaired) }
            if !lost.accounts.isEmpty { outcome.lost.append(lost) }
        }
    }
}
