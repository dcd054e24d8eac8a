import Archive
import Catalog
import Mail

/// An archive of generated mail to read.
struct SampleArchive {
    private static let accountCount = 8

    let layout: ArchiveLayout
    /// Of its distinct messages together.
    let mailByteCount: Int
    let messageCount: Int
    /// What lies in its volumes.
    let storedByteCount: Int

    /// Writes it, one message after the other: it may be larger than the memory.
    init(_ workbench: Workbench) throws {
        layout = ArchiveLayout(root: workbench.newFolder())
        try ArchiveFolder.prepare(layout)
        let budget = MemoryBudget(byteLimit: .max)
        var mail = SampleMail(seed: workbench.seed)
        var (number, left) = (0, workbench.byteCount)
        let messages = sequence(state: ()) { _ -> IncomingMessage? in
            guard left > 0 else { return nil }
            let bytes = mail.message(number: number)
            number += 1
            left -= bytes.count
            return try? Benchmark.received(bytes, workbench, budget)
        }
        let counts = try GroupWriting.archive(messages, layout, .balanced, accountCount: Self.accountCount)
        storedByteCount = Int(counts.storedBytes)
        let totals = try Catalog(layout, .read).totals()
        (mailByteCount, messageCount) = (Int(totals.octets), totals.messageCount)
    }
}
