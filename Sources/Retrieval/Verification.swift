package import Archive
import Catalog
import Mail
import Platform

/// The proof that an archive holds what it should: every sealed file against `manifest-sha256.txt`, every member
/// inflated and every part against its name, every message rebuilt and compared with its SHA-256.
package struct Verification: Sendable {
    /// Something that is not as it was written.
    package struct Damage: Sendable, CustomStringConvertible {
        /// A file relative to the root, or `message SHA256`.
        package let what: String
        package let reason: String
        /// Accounts that hold the message; empty for files.
        package let accounts: [String]

        package var description: String {
            accounts.isEmpty ? "\(what): \(reason)" : "\(what) of \(accounts.joined(separator: ", ")): \(reason)"
        }
    }

    package struct Outcome: Sendable {
        package var sealedFileCount = 0
        package var entryCount = 0
        package var messageCount = 0
        package var octets: UInt64 = 0
        package var damages: [Damage] = []

        package init() {}
    }

    private let layout: ArchiveLayout
    private let catalog: Catalog
    private let outcome = Monitor(Outcome())
    private let workerCount: Int

    package init(_ layout: ArchiveLayout, workerCount: Int = Process.processorCount) throws {
        try ArchiveFolder.check(layout)
        self.layout = layout
        catalog = try Catalog(layout, .read)
        self.workerCount = workerCount
    }

    /// Verifies.
    /// - Parameter sample: the share of messages to rebuild, above 0 and up to 1; below 1 files are not read whole.
    /// - Throws: errors of the catalogue; all others are damages.
    package func run(sample: Double) throws -> Outcome {
        if sample >= 1 {
            let (sealed, unreadable) = try VolumeChecksums.readable(layout)
            for error in unreadable { add(Damage(what: "manifest-sha256.txt", reason: "\(error)", accounts: [])) }
            let files = try catalog.files()
            forEach(files.keys.sorted()) { verifyFile(files[$0]!, sealed[$0]) }
            for file in sealed.keys.sorted() where files[file] == nil {
                add(Damage(what: file, reason: "listed as sealed, but the catalogue does not know it", accounts: []))
            }
        }
        var digests = try catalog.allDigests()
        if sample < 1 {
            let chosen = digests.filter { _ in Double.random(in: 0..<1) < sample }
            digests = chosen.isEmpty ? digests.randomElement().map { [$0] } ?? [] : chosen
        }
        // Neighbours on disk go to one worker: their members are inflated once.
        let runs = stride(from: 0, to: digests.count, by: 64).map { Array(digests[$0..<min($0 + 64, digests.count)]) }
        let queue = Lock(runs[...])
        forEach(Array(0..<workerCount)) { _ in
            let reader = ArchiveReader(catalog)
            while let run = queue.withLock({ $0.popFirst() }) { for digest in run { verify(digest, reader) } }
        }
        return outcome.update { $0 }
    }

    private func verifyFile(_ file: CatalogGroup.File, _ digest: Digest?) {
        do {
            let path = layout.path(file.path)
            guard FileSystem.exists(path) else {
                return add(Damage(what: file.path, reason: "missing", accounts: []))
            }
            let length = try File(path, .read).length()
            if length < file.length {
                let reason = "it has \(length) bytes where \(file.length) were written"
                add(Damage(what: file.path, reason: reason, accounts: []))
            }
            if file.isSealed {
                if let digest {
                    let found = try VolumeChecksums.digest(of: path)
                    if found != digest {
                        add(Damage(what: file.path, reason: "its SHA-256 is \(found), not \(digest)", accounts: []))
                    }
                    outcome.update { $0.sealedFileCount += 1 }
                } else {
                    add(Damage(what: file.path, reason: "not in manifest-sha256.txt", accounts: []))
                }
            }
            if file.path.hasPrefix("volumes/") {
                try scan(file)
            } else {
                // The catalogue points to one copy of a message; this reads the others too.
                let count = try MemberChain.check(path, to: file.length)
                outcome.update { $0.entryCount += count }
            }
        } catch {
            add(Damage(what: file.path, reason: "\(error)", accounts: []))
        }
    }

    /// Reads a volume through; goes on behind damage, so that all of it is told at once.
    private func scan(_ file: CatalogGroup.File) throws {
        var start: UInt64? = 0
        while let from = start {
            let scanner = try VolumeScanner(layout, file: file.path, from: from, to: file.length)
            do {
                try scan(scanner, file)
                start = nil
            } catch let error as ArchiveError where error.code == .damaged {
                add(Damage(what: file.path, reason: "\(error)", accounts: []))
                start = try scanner.nextEntryStart()
            }
        }
    }

    private func scan(_ scanner: VolumeScanner, _ file: CatalogGroup.File) throws {
        var count = 0
        defer { outcome.update { $0.entryCount += count } }
        while let entry = try scanner.next() {
            count += 1
            guard entry.text == nil, let name = entry.path.split(separator: "/").last else { continue }
            let digest = Digest(hex: name.hasSuffix(".eml") ? name.dropLast(4) : name)
            if digest != entry.digest {
                add(Damage(what: "\(file.path): \(entry.path)", reason: "other bytes than its name says", accounts: []))
            }
        }
    }

    private func verify(_ digest: Digest, _ reader: ArchiveReader) {
        var octets: UInt64 = 0
        do {
            try reader.read(digest) { octets += UInt64($0.count) }
        } catch {
            let accounts = (try? catalog.holders(of: digest)) ?? []
            add(Damage(what: "message \(digest)", reason: "\(error)", accounts: accounts))
        }
        outcome.update {
            $0.messageCount += 1
            $0.octets += octets
        }
    }

    private func add(_ damage: Damage) { outcome.update { $0.damages.append(damage) } }

    /// Gives the items to as many threads as there are workers, and waits for them.
    private func forEach<Item: Sendable>(_ items: [Item], _ body: @escaping @Sendable (Item) -> Void) {
        let queue = Lock(items[...])
        let threads = (0..<min(workerCount, items.count)).map { _ in
            Thread(name: "verify") { while let item = queue.withLock({ $0.popFirst() }) { body(item) } }
        }
        for thread in threads { thread.join() }
    }
}
