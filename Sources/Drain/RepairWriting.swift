import Archive
import Catalog
import Mail
import Manifest
import Platform

/// Writes what is missing into new volumes, as a drain writes what it received.
final class RepairWriting {
    /// An account's copy of a message.
    struct Copy: Hashable {
        let account: String
        let message: Digest
    }

    /// Copies in mbox files that were damaged themselves.
    private(set) var brokenCopies: Set<Copy> = []

    private let layout: ArchiveLayout
    private let plan: RepairPlan
    private var repair: GroupRecord.Repair
    private let members: MemberReader
    private let setAside: Set<String>
    private var written: [Digest] = []

    init(_ layout: ArchiveLayout, _ plan: RepairPlan, setAside: [GroupRecord.Repair.SetAside]) {
        self.layout = layout
        self.plan = plan
        var repair = GroupRecord.Repair()
        repair.gaps = plan.found.breaks.map(\.gap)
        repair.setAside = setAside
        self.repair = repair
        self.setAside = Set(setAside.map(\.path))
        members = MemberReader(layout, tellsDiskErrors: true)
    }

    /// Whether there is anything to write.
    var isNeeded: Bool { !repair.isEmpty || !plan.missing.isEmpty || plan.isMissingNotes || !plan.results.isEmpty }

    /// Writes all that can be had, and reads it back.
    /// - Parameter known: the files that the archive's catalogue knows.
    /// - Returns: why messages cannot be had.
    /// - Throws: `FileError`; `ArchiveError.damaged` when what was written does not come back.
    func run(_ settings: ArchiveSettings, _ known: [String: CatalogGroup.File]) async throws -> [Digest: String] {
        try plan.sound.commit(setAside: repair.setAside.map(\.path))
        let pool = CompressionPool(Compression(settings.compression))
        defer { pool.stop() }
        let open = try openVolume(known)
        let committer = try Committer(plan.sound, open, settings, run: .new(), pool: pool)
        defer { committer.stop() }
        do { return try await write(known, committer, from: open.number) } catch {
            await committer.rest()
            throw error
        }
    }

    private func write(
        _ known: [String: CatalogGroup.File], _ committer: Committer, from number: Int
    ) async throws -> [Digest: String] {
        try await committer.sealOpenVolume()
        for (run, results) in plan.results {
            let accounts = results.compactMap { plan.missing.accounts[$0.account] }
            let number = plan.history.nextGroup(of: run.id)
            try await committer.writeAgain(run, results, accounts, number: number)
        }
        var reasons: [Digest: String] = [:]
        for digest in plan.missing.messages {
            if let reason = try await write(digest, known, committer) {
                reasons[digest] = reason
            } else {
                written.append(digest)
            }
        }
        try await committer.settle()
        // Behind the messages, whose checkpoints put an end to deletions.
        for notes in try plan.missingNotes() {
            try await committer.add(notes)
            try await committer.settle()
        }
        repair.lost = try lost(reasons.keys)
        try await committer.finish([], accounts: [], repair: repair.isEmpty ? nil : repair)
        var closing = FileClosing(plan.sound)
        try closing.closeMboxFiles(excluding: setAside)
        try check(from: number)
        return reasons
    }

    /// What could not be had, without what is known to be lost.
    private func lost(_ messages: Dictionary<Digest, String>.Keys) throws -> [GroupRecord.Repair.Lost] {
        let known = Set(plan.found.knownLosses.map(\.name))
        var lost: [GroupRecord.Repair.Lost] = []
        for digest in messages.sorted() {
            for (account, holding) in plan.missing.holdings[digest, default: [:]].sorted(by: { $0.key < $1.key })
            where try !holding.isUnnamed && plan.sound.holding(digest, account: account) == nil {
                lost.append(.init(account: account, digest: digest))
            }
        }
        return lost.filter { !known.contains($0) }
    }

    /// The newest volume if it is open, or one behind all that there are and were.
    private func openVolume(_ known: [String: CatalogGroup.File]) throws -> OpenVolume {
        let sound = try plan.sound.files(prefix: "volumes/")
        let names = Set(known.keys).union(sound.keys).union(setAside)
        let numbers = try names.compactMap(ArchiveLayout.volumeNumber(ofPath:)) + ArchiveFolder.volumeNumbers(layout)
        let last = numbers.max() ?? 0
        if let file = sound[ArchiveLayout.volume(last)], file.state == .open {
            return OpenVolume(number: last, committedLength: file.length)
        }
        return OpenVolume(number: last + 1, committedLength: 0)
    }

    /// Writes a message for all accounts that should hold it.
    /// - Returns: why it cannot be had; `nil` when it is written.
    private func write(
        _ digest: Digest, _ known: [String: CatalogGroup.File], _ committer: Committer
    ) async throws -> String? {
        var message: IncomingMessage?
        for (name, holding) in plan.missing.holdings[digest, default: [:]].sorted(by: { $0.key < $1.key }) {
            if let path = try plan.sound.holding(digest, account: name) {
                let checkpoints = holding.checkpoints.map { Self.moved($0, to: path) }
                try await committer.addCheckpoints(checkpoints, holding.account)
                continue
            }
            if message == nil {
                switch try plan.salvage.message(digest) {
                case .message(let found): message = found
                case .nothing(let reason): return reason
                }
            }
            guard let message else { continue }
            if let place = holding.place, try isSound(place, digest, name) {
                try await committer.adopt(
                    message, holding.checkpoints(of: message).map { Self.moved($0, to: place.file, place) },
                    holding.account, committedLength: unknownLength(of: place.file, known))
            } else {
                let checkpoints = holding.checkpoints(of: message).map { Self.moved($0, to: "") }
                try await committer.addAgain(message, checkpoints, holding.account)
            }
        }
        return nil
    }

    private static func moved(
        _ checkpoint: GroupRecord.Message, to path: String, _ place: Place? = nil
    ) -> GroupRecord.Message {
        var checkpoint = checkpoint
        (checkpoint.path, checkpoint.place) = (path, place)
        return checkpoint
    }

    /// Whether a copy in an mbox is good where it is, and stays there.
    private func isSound(_ place: Place, _ digest: Digest, _ account: String) throws -> Bool {
        do { try members.check(digest, at: place) } catch is ArchiveError {
            brokenCopies.insert(Copy(account: account, message: digest))
            return false
        }
        return !setAside.contains(place.file)
    }

    /// The committed length of an mbox file whose records are lost; `nil` where sound ones tell it.
    private func unknownLength(of file: String, _ known: [String: CatalogGroup.File]) -> UInt64? {
        let lengths = [known[file]?.length, plan.history.fileLengths[file], plan.mboxLengths[file]]
        let length = lengths.compactMap(\.self).max() ?? 0
        return length > plan.toldLengths[file] ?? 0 ? length : nil
    }

    /// Reads back what was written, before anything relies on it.
    private func check(from number: Int) throws {
        var failure: ArchiveError?
        for volume in try ArchiveFolder.volumeNumbers(layout) where volume >= number {
            try VolumeScanner.walk(layout, file: ArchiveLayout.volume(volume)) { entry in
                if entry.text == nil, ArchiveLayout.digest(ofContent: entry.path[...]) != entry.digest {
                    throw ArchiveError(.damaged, entry.place.file, "\(entry.path) does not come back as it was written")
                }
            } damage: { error, _ in
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        for digest in written {
            var stream = DigestStream()
            for place in try plan.sound.places(of: digest) ?? [] {
                try members.readMail(place) { stream.update($0) }
            }
            guard stream.finish() == digest else {
                throw ArchiveError(.damaged, layout.root, "message \(digest) does not come back as it was written")
            }
        }
    }
}
