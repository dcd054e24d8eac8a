import Archive
import Catalog
import Mail
import Platform

extension Verification {
    /// So many repacks of one file are followed while it is read.
    private static let repackLimit = 5

    /// Every file that the catalogue or the list of sealed files names.
    /// - Parameter lastRecord: what is found behind it was written since.
    func verifyFiles(_ files: [String: CatalogGroup.File], _ lastRecord: Digest?) throws {
        let (sealed, unreadable) = try VolumeChecksums.readable(layout)
        for error in unreadable { add(Damage("manifest-sha256.txt", "\(error)")) }
        // A volume is read by all workers together.
        let names = files.keys.sorted()
        forEach(names.filter { !$0.hasPrefix("volumes/") }) { verifyFile(files[$0]!, sealed[$0], lastRecord) }
        for name in names where name.hasPrefix("volumes/") { verifyFile(files[name]!, sealed[name], lastRecord) }
        for file in sealed.keys.sorted() where files[file] == nil {
            // A run that writes meanwhile may have sealed it since.
            guard try catalog.files(prefix: file).isEmpty else { continue }
            add(Damage(file, "listed as sealed, but the catalogue does not know it"))
        }
    }

    private func verifyFile(_ file: CatalogGroup.File, _ digest: Digest?, _ lastRecord: Digest?) {
        var expected = ExpectedFile(file: file, digest: digest)
        var found = FileFindings()
        for _ in 0..<Self.repackLimit {
            found = examine(expected)
            // A repack may have put another version in its place since. Part of that may have been read for all of one
            // that was not sealed yet.
            guard !found.damages.isEmpty || !expected.file.isSealed, let now = try? self.expected(file.path),
                now.file.isSealed, now != expected
            else { break }
            expected = now
        }
        if !file.isSealed { found.removeRecords(behind: lastRecord) }
        findings.update { $0.add(found, of: file.path) }
    }

    /// What a file should be at this moment.
    private func expected(_ path: String) throws -> ExpectedFile? {
        let journal = try? RepackJournal.read(layout)
        guard var file = try catalog.files(prefix: path)[path] else { return nil }
        if let journal, journal.file == path, try File(layout.path(path), .read).length() == journal.new.length {
            file.length = journal.new.length
            return ExpectedFile(file: file, digest: journal.new.digest)
        }
        return ExpectedFile(file: file, digest: try VolumeChecksums.readable(layout).digests[path])
    }

    private func examine(_ expected: ExpectedFile) -> FileFindings {
        let file = expected.file
        let path = layout.path(file.path)
        var found = FileFindings()
        guard FileSystem.exists(path) else {
            if file.length > 0 { found.damages.append(Damage(file.path, "missing")) }
            return found
        }
        let seal = file.isSealed ? SealReading(path) : nil
        do {
            let length = try File(path, .read).length()
            if length < file.length {
                found.damages.append(Damage(file.path, "it has \(length) bytes where \(file.length) were written"))
            }
            if file.path.hasPrefix("volumes/") {
                try scan(file, &found)
            } else {
                found.entryCount += try MemberChain.check(path, to: file.length)
            }
        } catch {
            found.damages.append(Damage(file.path, "\(error)"))
        }
        if let seal { verify(seal, of: expected, &found) }
        return found
    }

    private func verify(_ seal: SealReading, of expected: ExpectedFile, _ found: inout FileFindings) {
        let path = expected.file.path
        do {
            let actual = try seal.digest()
            guard let digest = expected.digest else {
                return found.damages.append(Damage(path, "not in manifest-sha256.txt"))
            }
            if actual != digest { found.damages.append(Damage(path, "its SHA-256 is \(actual), not \(digest)")) }
            found.sealedFileCount += 1
        } catch {
            found.damages.append(Damage(path, "\(error)"))
        }
    }

    /// Reads a volume through.
    private func scan(_ file: CatalogGroup.File, _ found: inout FileFindings) throws {
        let members = MemberReader(layout)
        var damages: [Damage] = []
        // All of a sealed one, since its digest was compared with another version perhaps.
        try VolumeScanner.walk(layout, file: file.path, to: file.isSealed ? nil : file.length) { entry in
            found.entryCount += 1
            if entry.isRecord {
                try take(entry, try GroupRecord(encoded: entry.text ?? [], path: entry.path), members, &found)
            } else if entry.text != nil {
                try takeList(entry, &found)
            } else if ArchiveLayout.digest(ofContent: entry.path[...]) != entry.digest {
                found.damages.append(Damage("\(file.path): \(entry.path)", "other bytes than its name says"))
            } else {
                addOwnFile(entry.path)
            }
        } damage: { error, _ in
            damages.append(Damage(file.path, error.message))
        }
        found.damages += damages
    }

    private func take(
        _ entry: ScannedEntry, _ record: GroupRecord, _ members: MemberReader, _ found: inout FileFindings
    ) throws {
        found.records.append(
            Findings.Record(
                digest: entry.digest, previous: record.previous, repair: record.repair, name: entry.name))
        for message in record.messages {
            try verifyHolding(message, entry, &found)
            try verifyCopy(message, members, &found)
        }
    }

    /// What a record tells is known, unless a repair has told that it is lost.
    private func verifyHolding(
        _ message: GroupRecord.Message, _ entry: ScannedEntry, _ found: inout FileFindings
    ) throws {
        let holding = Findings.Holding(account: message.account, message: message.digest)
        if try catalog.holding(message.digest, account: message.account) == nil { found.unheld[holding] = entry.name }
        if message.path.hasPrefix("mbox/") { found.told.insert(holding.hashValue) }
    }

    /// The catalogue points to one copy of a message in an mbox; each other account has one too.
    private func verifyCopy(
        _ message: GroupRecord.Message, _ members: MemberReader, _ found: inout FileFindings
    ) throws {
        guard let place = message.place, try catalog.place(of: message.digest) != place,
            try catalog.holding(message.digest, account: message.account) == place.file
        else { return }
        do { try members.check(message.digest, at: place) } catch let error as ArchiveError {
            let damage = Damage("message \(message.digest)", error.description, accounts: [message.account])
            found.copies.append(damage)
        }
    }

    /// A list is good when it names what the catalogue knows the message to consist of.
    private func takeList(_ entry: ScannedEntry, _ found: inout FileFindings) throws {
        let name = entry.path.split(separator: "/").last?.dropLast(".parts".count) ?? ""
        guard let message = Digest(hex: name) else {
            return found.damages.append(Damage(entry.name, "its name is no SHA-256"))
        }
        guard let segments = try catalog.segments(of: message) else { return }
        if try entry.listedSegments() == (segments.isEmpty ? [message] : segments) { addOwnFile(entry.path) }
    }

    private func addOwnFile(_ path: String) {
        if path.hasPrefix("mail/") { findings.update { _ = $0.ownFiles.insert(path.hashValue) } }
    }

    /// Every account has a file of its own of each message, which plain tools need and a new catalogue is made from; in
    /// an mbox archive, a line of a record.
    func verifyOwnFiles(_ files: [String: CatalogGroup.File]) throws {
        let (read, told) = findings.update { ($0.ownFiles, $0.told) }
        var missing: [(account: String, message: Digest, path: String)] = []
        var untold: [Findings.Holding] = []
        let now = try catalog.forEachOwnFile { account, message, path in
            let holding = Findings.Holding(account: account, message: message)
            if path.hasPrefix("mbox/") {
                if !told.contains(holding.hashValue) { untold.append(holding) }
            } else if path != ArchiveLayout.list(account: account, message),
                path != ArchiveLayout.whole(account: account, message)
            {
                untold.append(holding)
            } else if !read.contains(path.hashValue) {
                missing.append((account, message, path))
            }
        }
        guard !missing.isEmpty || !untold.isEmpty else { return }
        let (written, toldSince) = try written(behind: files, now)
        let found = (missing.filter { !written.contains($0.path) }, untold.filter { !toldSince.contains($0.hashValue) })
        findings.update { ($0.missingOwnFiles, $0.untold) = found }
    }

    /// The paths of entries that a run wrote since, and what its records tell that accounts hold: none of it is missing.
    private func written(
        behind files: [String: CatalogGroup.File], _ now: [String: CatalogGroup.File]
    ) throws -> (paths: Set<String>, told: Set<Int>) {
        var paths: Set<String> = []
        var told: Set<Int> = []
        for file in now.values where file.path.hasPrefix("volumes/") && files[file.path]?.isSealed != true {
            // One that was sealed since may have been repacked since, so that no member begins where one did.
            let start = file.isSealed ? 0 : files[file.path]?.length ?? 0
            guard start < file.length else { continue }
            let end = file.isSealed ? nil : file.length
            try VolumeScanner.walk(layout, file: file.path, from: start, to: end) { entry in
                paths.insert(entry.path)
                guard entry.isRecord else { return }
                for message in try GroupRecord(encoded: entry.text ?? [], path: entry.path).messages {
                    told.insert(Findings.Holding(account: message.account, message: message.digest).hashValue)
                }
            } damage: { _, _ in
            }
        }
        return (paths, told)
    }

    /// The index itself, as its library sees it.
    func verifyCatalog() throws {
        guard let problem = try catalog.integrityProblem() else { return }
        add(Damage("catalog.sqlite", "\(problem): `mailcask reindex \(layout.root)` makes it anew"))
    }

    /// Every record against the one before it, in the order of the volumes, and the last one against the catalogue.
    func verifyChain(_ files: [String: CatalogGroup.File], _ lastRecord: Digest?) throws {
        let records = findings.update { $0.records }
        let volumes = files.keys.compactMap(ArchiveLayout.volumeNumber(ofPath:)).sorted()
        var chain = RecordChain()
        var breaks: [RecordChain.Break] = []
        var repairs: [(name: String, repair: GroupRecord.Repair)] = []
        for record in volumes.flatMap({ records[ArchiveLayout.volume($0)] ?? [] }) {
            if let found = chain.add(record.digest, previous: record.previous, name: record.name) {
                breaks.append(found)
            }
            if let repair = record.repair { repairs.append((record.name, repair)) }
        }
        let known = Set(repairs.flatMap(\.repair.gaps))
        for found in breaks where !known.contains(found.gap) { add(chain: "\(found)") }
        if chain.last != lastRecord, let lastRecord {
            let end = chain.lastName.map { "\($0) is the last record" } ?? "there is no record"
            let known = "\(lastRecord.hex.prefix(16))..."
            add(chain: "\(end), but the catalogue knows \(known) as the last: that is lost or altered")
        }
        let lost = try repairs.map { repair in
            try repair.repair.lost.count { try catalog.holding($0.digest, account: $0.account) == nil }
        }
        let named = Set(repairs.flatMap(\.repair.lost))
        findings.update { findings in
            findings.unheld = findings.unheld.filter {
                !named.contains(.init(account: $0.key.account, digest: $0.key.message))
            }
            for ((name, repair), lostCount) in zip(repairs, lost) {
                findings.counts.known += repair.setAside.map { "\($0.path) was set aside as damaged, says \(name)" }
                let gapCount = repair.gaps.count
                if lostCount > 0 {
                    findings.counts.known.append("\(lostCount.counted("lost message")) not fetched again, says \(name)")
                }
                if gapCount > 0 {
                    findings.counts.known.append("\(gapCount.counted("gap")) between records, says \(name)")
                }
            }
        }
    }

    private func add(_ damage: Damage) { findings.update { $0.files.append(damage) } }

    private func add(chain text: String) { findings.update { $0.chain.append(Damage("records", text)) } }
}
