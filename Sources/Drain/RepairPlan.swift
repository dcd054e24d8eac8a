import Archive
import Catalog
import Mail
import Platform

/// What the sound files of an archive give, what is missing in that, and where it may be had.
///
/// A damaged file counts for nothing but the good bytes that can still be read in it: so what is written again is all
/// that the archive needs, and no tool has to get past the damage.
final class RepairPlan {
    /// Made of the sound files alone; takes the place of the archive's catalogue.
    let sound: Catalog
    private(set) var missing: MissingMail
    /// What the sound volumes gave.
    let found: VolumeReading.Outcome
    let salvage: Salvage
    let history = RecordHistory()
    /// Committed lengths of mbox files, as sound records tell them.
    let toldLengths: [String: UInt64]
    /// How runs ended, where no sound record says so.
    private(set) var results: [(run: GroupRecord.Run, results: [GroupRecord.Result])] = []
    /// Whether all records are there, from the first to the last that the catalogue knows, and all that they tell of: what
    /// the catalogue says beyond that was never so.
    private let isProved: Bool
    /// Whether the archive knows more of messages on the servers than sound records say.
    let isMissingNotes: Bool
    /// Messages of the catalogue that cannot be read where it says that they are.
    private(set) var damagedMessages: Set<Digest> = []
    /// Whether the catalogue is not as the sound files are.
    private(set) var isCatalogOutdated: Bool

    /// The ends of mbox files that no sound record tells the length of.
    private(set) var mboxLengths: [String: UInt64] = [:]

    private let layout: ArchiveLayout
    private let old: Catalog
    private let loose: PlaceSource
    private let soundFile: TemporaryCatalog
    private var sourceCount = 0

    /// Reads the sound files, then the damaged ones, then the sources.
    /// - Throws: `FileError`, errors of the catalogues.
    init(
        _ layout: ArchiveLayout, _ old: Catalog, _ survey: FileSurvey, _ sources: [RepairSource],
        _ progress: (String) -> Void
    ) throws {
        self.layout = layout
        self.old = old
        loose = PlaceSource(layout)
        let damaged = Set(survey.damages.keys)
        soundFile = TemporaryCatalog(layout, "new")
        let (sound, history) = (try soundFile.make(), self.history)
        self.sound = sound
        let sealed = survey.sealed.filter { !damaged.contains($0.key) }
        let reading = VolumeReading(layout, into: sound, sealed: sealed, excluding: damaged)
        var unchainedCount = 0
        let found = try reading.run(
            onRecord: { record, entry in
                if record.previous == nil { unchainedCount += 1 }
                history.add(record, entry)
            }, progress)
        self.found = found
        let isWhole = damaged.isEmpty && found.allDamages.isEmpty && unchainedCount == 1
        let isProved = try isWhole && sound.lastRecord() == old.lastRecord()
        self.isProved = isProved
        toldLengths = history.fileLengths
        isCatalogOutdated =
            try CatalogComparison(old: old, new: sound).isOldLacking()
            || isProved && CatalogComparison(old: sound, new: old).isOldLacking()
        if let last = try old.lastRecord() { history.add(last) }
        isMissingNotes = try !isProved && !MissingNotes(of: old, in: sound).isEmpty
        missing = try MissingMail(of: old, in: sound)
        salvage = Salvage(layout, sources: [CatalogSource(sound), CatalogSource(old)])
        if !isProved {
            try old.forEachHolding { account, message, hasCheckpoint in
                try missing.add(message, of: account, isCurrent: true, hasCheckpoint: hasCheckpoint)
            }
            try addResults()
        }
        // What is known to be lost can be had only with something new.
        try add(found.losses + (sources.isEmpty ? [] : found.knownLosses))
        try compareSegments(damaged)
        var lines = damaged.filter { ArchiveLayout.volumeNumber(ofPath: $0) != nil }.sorted()
        // What was set aside before can help only together with something new.
        if !sources.isEmpty { lines += try setAsideVolumes() }
        try read(lines.filter { FileSystem.exists(layout.path($0)) }, of: layout, isCopy: true, progress)
        for source in sources { try read(source, survey.sealed, progress) }
        salvage.add(loose)
        try addUnnamedEntries(of: lines.filter { FileSystem.exists(layout.path($0)) })
        try addCopies(in: damaged)
    }

    /// What the archive knows of messages on the servers and `sound` does not, by now.
    func missingNotes() throws -> [AccountNotes] {
        guard !isProved else { return [] }
        return try MissingNotes(of: old, in: sound).accounts.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Puts the catalogue of the sound files in the place of the archive's; neither is asked anything afterwards.
    func replaceCatalog() throws {
        try old.close()
        try sound.close()
        try soundFile.replaceCatalog()
    }

    private func add(_ losses: [Rebuilder.Loss]) throws {
        for loss in losses {
            try missing.add(loss.message, of: loss.account)
            if let segments = loss.segments { salvage.add(segments, of: loss.message.digest) }
        }
    }

    private func addResults() throws {
        try old.forEachResult { run, result in
            guard try !sound.hasResult(of: run.id, account: result.account) else { return }
            if results.last?.run == run {
                results[results.count - 1].results.append(result)
            } else {
                results.append((run, [result]))
            }
        }
    }

    /// Finds out what of the damaged files can be read.
    private func compareSegments(_ damaged: Set<String>) throws {
        let members = MemberReader(layout, tellsDiskErrors: true)
        var unreadable: Set<Digest> = []
        try old.forEachSegment { segment, place in
            if try sound.place(of: segment) != place { isCatalogOutdated = true }
            guard damaged.contains(place.file) else { return }
            do { try members.check(segment, at: place) } catch is ArchiveError { unreadable.insert(segment) }
        }
        damagedMessages = Set(try old.messages(needing: unreadable))
    }

    /// Finds mail of which no record tells: in damaged volumes, and in all where records are lost.
    private func addUnnamedEntries(of damaged: [String]) throws {
        let unnamed = UnnamedMail(accounts: missing.accounts.keys)
        let sound = try sound.files(prefix: "volumes/").values.filter { $0.length > 0 }.map(\.path).sorted()
        for file in damaged + (found.breaks.isEmpty ? [] : sound) {
            try VolumeScanner.walk(layout, file: file) { entry in
                guard !entry.isRecord else { return }
                if entry.text == nil, try old.place(of: entry.digest) == nil {
                    loose.add(entry.digest, at: entry.place)
                }
                guard let (account, digest) = unnamed.message(of: entry) else { return }
                try missing.add(found: digest, of: account)
                if entry.text != nil { salvage.add(try entry.listedSegments(), of: digest) }
            } damage: { _, _ in
            }
        }
    }

    /// Finds the copies of messages in mbox files of which records do not tell, or not all.
    private func addCopies(in damaged: Set<String>) throws {
        for (digest, holdings) in missing.holdings {
            for place in holdings.values.compactMap(\.place) { loose.add(digest, at: place) }
        }
        let files = try sound.files(prefix: "mbox/")
        let untold = files.values.filter { $0.state == .closed || $0.length > toldLengths[$0.path] ?? 0 }
        let unnamed = UnnamedMail(accounts: missing.accounts.keys)
        let wanted =
            damaged.filter { $0.hasPrefix("mbox/") } + untold.map(\.path)
            + missing.holdings.values.flatMap(\.values).filter { $0.place == nil }.compactMap(\.mbox)
        for file in Set(wanted).sorted() where FileSystem.exists(layout.path(file)) {
            // What was never committed does not count, unless nobody knows what was.
            let length = files[file].flatMap { $0.state == .closed ? nil : $0.length }
            let account = unnamed.account(ofMbox: file)
            let isWhole = try MboxScanner.walk(layout, file: file, to: length) { mail in
                try missing.add(found: mail.digest, of: account, place: mail.place)
                if missing.holdings[mail.digest] != nil { loose.add(mail.digest, at: mail.place) }
            }
            let end = try File(layout.path(file), .read).length()
            if isWhole, length ?? end == end { mboxLengths[file] = end }
        }
    }

    private func setAsideVolumes() throws -> [String] {
        let folder = ArchiveLayout.setAside("volumes")
        guard FileSystem.exists(layout.path(folder)) else { return [] }
        return try FileSystem.names(in: layout.path(folder)).map { "\(folder)/\($0)" }
    }

    /// - Parameter sealed: the SHA-256 of this archive's files: an archive that lists one of them is a copy of it.
    private func read(
        _ source: RepairSource, _ sealed: [String: Digest], _ progress: (String) -> Void
    ) throws {
        if case .message = source.kind {
            salvage.add(try MessageFileSource(source.path, spoolDirectory: layout.root))
            return
        }
        let (root, files) = try source.volumes()
        let isCopy = try source.sealed().contains { sealed[$0.key] == $0.value }
        try read(files, of: root, isCopy: isCopy, progress)
    }

    /// Takes what volumes hold as a source, and where they are volumes of this archive, or copies of some, what they
    /// tell as missing. Copies are known by their records: they have one of this archive's, or follow one.
    private func read(
        _ files: [String], of root: ArchiveLayout, isCopy: Bool, _ progress: (String) -> Void
    ) throws {
        guard !files.isEmpty else { return }
        sourceCount += 1
        let catalog = try TemporaryCatalog(layout, "source\(sourceCount).new").make(of: root)
        let lines = MissingLines(missing, history, isOurs: root.root == layout.root, isCopy: isCopy)
        var rebuilder = try Rebuilder(catalog, onRecord: lines.add)
        var losses: [Rebuilder.Loss] = []
        for file in files {
            losses += try rebuilder.ingest(file, from: 0, state: .closed).losses
            progress("\(root.path(file)): read for what is missing")
        }
        if lines.isCopy, lines.hasPassedOver {
            for file in files {
                try VolumeScanner.walk(root, file: file) { entry in
                    guard entry.isRecord else { return }
                    try lines.add(try GroupRecord(encoded: entry.text ?? [], path: entry.path), entry)
                } damage: { _, _ in
                }
            }
        }
        missing = lines.missing
        salvage.add(CatalogSource(catalog))
        for loss in losses { if let segments = loss.segments { salvage.add(segments, of: loss.message.digest) } }
    }
}
