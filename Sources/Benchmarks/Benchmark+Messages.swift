import Archive
import Mail

extension Benchmark {
    /// What is learnt of a message on its way: digests, segments, header facts.
    static let messages = [
        Benchmark(name: "SHA-256 of whole messages", unit: .megabytes) { workbench in
            let mail = workbench.mail
            return {
                Sample.measure(byteCount: workbench.mailByteCount, itemCount: mail.count) {
                    var stream = DigestStream()
                    for message in mail {
                        message.forEachChunk { stream.update($0) }
                        keep(stream.finish())
                    }
                }
            }
        },
        Benchmark(name: "cut into segments", unit: .megabytes) { workbench in
            let mail = workbench.mail
            return {
                Sample.measure(byteCount: workbench.mailByteCount, itemCount: mail.count) {
                    var cutter = SegmentCutter()
                    for message in mail {
                        message.forEachChunk { cutter.consume($0) }
                        keep(cutter.finish())
                    }
                }
            }
        },
        Benchmark(name: "receive: cut, digest, facts", unit: .megabytes) { workbench in
            let mail = workbench.mail
            let budget = MemoryBudget(byteLimit: .max)
            return {
                var segmentCount = 0
                var sample = try Sample.measure(byteCount: workbench.mailByteCount, itemCount: mail.count) {
                    for message in mail { segmentCount += try received(message, workbench, budget).segments.count }
                }
                sample.notes = [("segments per message", Double(segmentCount) / Double(mail.count))]
                return sample
            }
        },
        Benchmark(name: "header facts", unit: .messages) { workbench in
            let mail = workbench.mail
            return {
                var sample = Sample.measure(itemCount: mail.count) {
                    for message in mail { message.withUnsafeBytes { keep(HeaderFacts(headerBytes: $0)) } }
                }
                sample.notes = [("µs per message", sample.cpuSeconds * 1e6 / Double(mail.count))]
                return sample
            }
        },
    ]

    /// A message as a session hands it to the archive.
    static func received(
        _ message: [UInt8], _ workbench: Workbench, _ budget: MemoryBudget
    ) throws -> IncomingMessage {
        let receiver = MessageReceiver(
            spoolDirectory: workbench.folder, budget: budget, expectedOctets: UInt64(message.count))
        try message.forEachChunk(receiver.append)
        return try receiver.finish()
    }
}
