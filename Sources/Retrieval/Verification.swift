package import Archive
import Catalog
import Mail
import Platform

/// The proof that an archive holds what it should: every sealed file against `manifest-sha256.txt`, every record against
/// the next one, every member inflated and every part against its name, every message rebuilt and compared with its
/// SHA-256, and the own file of every account that holds it.
package struct Verification: Sendable {
    package struct Outcome: Sendable {
        package var sealedFileCount = 0
        package var entryCount = 0
        package var messageCount = 0
        package var octets: UInt64 = 0
        /// Files first, then records, members, own files of accounts, and messages.
        package var damages: [Damage] = []
        /// What repairs knew of already: no damage any more.
        package var known: [String] = []

        package init() {}
    }

    let layout: ArchiveLayout
    let catalog: Catalog
    let findings = Monitor(Findings())
    let workerCount: Int

    package init(_ layout: ArchiveLayout, workerCount: Int = Process.processorCount) throws {
        try ArchiveFolder.check(layout)
        self.layout = layout
        catalog = try Catalog(layout, .read)
        self.workerCount = workerCount
    }

    /// Verifies to the end, whatever it finds.
    /// - Parameter sample: the share of messages to rebuild, above 0 and up to 1; below 1 files are not read whole.
    /// - Throws: errors of the catalogue; all others are damages.
    package func run(sample: Double) throws -> Outcome {
        guard sample < 1 else {
            try verifyCatalog()
            let (files, lastRecord) = try catalog.committed()
            try verifyFiles(files, lastRecord)
            try verifyChain(files, lastRecord)
            try verifyMessages(catalog.allDigests())
            try verifyOwnFiles(files)
            return try report()
        }
        let digests = try catalog.allDigests()
        let chosen = digests.filter { _ in Double.random(in: 0..<1) < sample }
        try verifyMessages(chosen.isEmpty ? digests.randomElement().map { [$0] } ?? [] : chosen)
        return try report()
    }

    /// Gives the items to as many threads as there are workers, and waits for them.
    func forEach<Item: Sendable>(_ items: [Item], _ body: @escaping @Sendable (Item) -> Void) {
        let queue = Lock(items[...])
        let threads = (0..<min(workerCount, items.count)).map { _ in
            Thread(name: "verify") { while let item = queue.withLock({ $0.popFirst() }) { body(item) } }
        }
        for thread in threads { thread.join() }
    }
}
