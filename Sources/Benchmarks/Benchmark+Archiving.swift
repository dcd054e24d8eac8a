import Archive
import Catalog
import Platform

extension Benchmark {
    /// Received messages written through volume and catalogue in groups, as a run does it, fsync included.
    static let archiving = Compression.allCases.filter { $0 != .small }.map { compression in
        Benchmark(name: "append and commit, \(compression)", unit: .megabytes) { workbench in
            let budget = MemoryBudget(byteLimit: .max)
            let messages = try workbench.mail.map { try received($0, workbench, budget) }
            return {
                let layout = ArchiveLayout(root: workbench.newFolder())
                try ArchiveFolder.prepare(layout)
                defer { workbench.remove(layout.root) }
                var counts = GroupWriting.Counts()
                var sample = try Sample.measure(byteCount: workbench.mailByteCount, itemCount: messages.count) {
                    counts = try GroupWriting.archive(messages, layout, compression)
                }
                sample.notes = [
                    ("messages/s", Double(messages.count) / sample.wallSeconds), ("groups", Double(counts.groups)),
                    ("stored %", Double(counts.storedBytes) * 100 / Double(workbench.mailByteCount)),
                    ("catalogue bytes per message", Double(counts.catalogBytes) / Double(messages.count)),
                ]
                return sample
            }
        }
    }
}
