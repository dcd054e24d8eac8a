import Archive
import Catalog
import Mail
import POP
import Platform
import Transport

/// Knows messages again by their headers where their unique-ids say nothing: after a server renumbered them or a
/// maildrop moved to another host, where names stand for several messages, and where there are none.
///
/// A message is taken for one that the account holds when header fingerprint and size are the same and neither the
/// listing nor the archive has a second such message. Of a mass of them a few are fetched and compared first.
struct HeaderMapping {
    /// Messages that are fetched to prove that headers can be trusted.
    private static let sampleCount = 3
    /// Only the first may be larger.
    private static let sampleOctetLimit: UInt64 = 1 << 20
    /// Refusals of TOP, none answered, after which nothing more is asked.
    private static let refusalLimit = 3
    /// Octets of a header that are looked at.
    private static let headerByteLimit = 256 << 10

    private struct Likeness: Hashable {
        let fingerprint: HeaderFingerprint
        let octets: UInt64?
    }

    private let record: GroupRecord.Account
    private let context: JobContext

    init(_ record: GroupRecord.Account, _ context: JobContext) {
        self.record = record
        self.context = context
    }

    /// Maps what can be mapped; the rest is left to be fetched.
    /// - Throws: what ended the session.
    func run(_ work: inout MaildropWork, _ line: SessionLine) async throws {
        let candidates = try candidates(work)
        guard !candidates.isEmpty else { return }
        let held = try context.catalog.fingerprints(account: record.name)
        guard !held.isEmpty else { return }
        let matches = try match(candidates, work, held, fingerprints(of: candidates, work, line))
        guard !matches.isEmpty, let proved = try prove(matches, work, line) else { return }
        for (index, message) in matches.sorted(by: { $0.key < $1.key }) {
            try await context.committer.map(
                message, as: work.entries[index].name, proof: proved.contains(index) ? .content : .header,
                account: record)
            work.set(index, .mapped, message.digest)
        }
    }

    /// The messages for which asking for the header may save fetching the body.
    private func candidates(_ work: MaildropWork) throws -> [Int] {
        let open = work.entries.indices.filter { !work.entries[$0].needsContent }
        let unknown = open.count { work.entries[$0].isNameTrusted && !work.entries[$0].isKnownByName }
        let gone = work.goneCount
        // Most of what was known is gone, and most of what is there is unknown.
        let isRenumbered =
            try 2 * unknown > work.known.count && 2 * gone >= work.checkpoints.count - work.deletedBeforeCount
            && (gone > 0 || context.catalog.hasMoved(record))
        return open.filter {
            let entry = work.entries[$0]
            return isRenumbered || !entry.isNameTrusted || entry.isKnownByName
        }
    }

    private func fingerprints(
        of candidates: [Int], _ work: MaildropWork, _ line: SessionLine
    ) throws -> [Int: HeaderFingerprint] {
        var found: [Int: HeaderFingerprint] = [:]
        var window = line.window
        var (sentCount, receivedCount, refusalCount) = (0, 0, 0)
        var header: [UInt8] = []
        while true {
            var commands: [Command] = []
            while sentCount < candidates.count, !context.stop.isRequested, window.admits(0),
                refusalCount < Self.refusalLimit
            {
                commands.append(.top(work.entries[candidates[sentCount]].number, lines: 0))
                if line.isPipelining { commands.append(.stat) }
                window.add(0)
                sentCount += 1
            }
            if !commands.isEmpty { try line.client.send(commands) }
            guard receivedCount < sentCount else { break }
            let reply = try line.replyToMessage()
            if reply.isOK {
                refusalCount = 0
                header.removeAll(keepingCapacity: true)
                try line.body(of: work.entries[candidates[receivedCount]]) { bytes in
                    if header.count < Self.headerByteLimit { header += bytes }
                }
                found[candidates[receivedCount]] = header.withUnsafeBytes { HeaderFingerprint(headerBytes: $0) }
            } else {
                refusalCount += 1
            }
            if line.isPipelining { try line.readStep() }
            receivedCount += 1
            window.removeFirst()
        }
        try line.checkStep()
        return found
    }

    private func match(
        _ candidates: [Int], _ work: MaildropWork, _ held: [HeaderFingerprint: [FingerprintedMessage]],
        _ found: [Int: HeaderFingerprint]
    ) throws -> [Int: FingerprintedMessage] {
        var listed: [Likeness: Int] = [:]
        for (index, fingerprint) in found {
            listed[Likeness(fingerprint: fingerprint, octets: work.entries[index].octets), default: 0] += 1
        }
        var matches: [Int: FingerprintedMessage] = [:]
        for index in candidates {
            guard let fingerprint = found[index], let alike = held[fingerprint] else { continue }
            let entry = work.entries[index]
            if entry.isKnownByName {
                // The name and the header agree; the size is what the server makes of it today.
                let known = try context.catalog.archivedMessage(uniqueID: entry.uniqueID.bytes, account: record.name)
                matches[index] = alike.first { $0.digest == known?.digest }
                continue
            }
            let same = alike.filter { $0.size == entry.octets }
            guard same.count == 1, listed[Likeness(fingerprint: fingerprint, octets: entry.octets)] == 1 else {
                continue
            }
            matches[index] = same[0]
        }
        return matches
    }

    /// Fetches the smallest few of those that have a new name and compares their bytes.
    /// - Returns: those that were compared; `nil` when a header lied or none could be compared, so that none is trusted.
    private func prove(
        _ matches: [Int: FingerprintedMessage], _ work: MaildropWork, _ line: SessionLine
    ) throws -> Set<Int>? {
        let renamed = matches.filter { !work.entries[$0.key].isKnownByName }
        let sample = renamed.sorted { ($0.value.size, $0.key) < ($1.value.size, $1.key) }.prefix(Self.sampleCount)
        var proved: Set<Int> = []
        for (index, message) in sample where proved.isEmpty || message.size < Self.sampleOctetLimit {
            try line.client.send([.retrieve(work.entries[index].number)])
            guard try line.replyToMessage().isOK else { continue }
            var stream = DigestStream()
            try line.body(of: work.entries[index]) { stream.update($0) }
            guard stream.finish() == message.digest else { return nil }
            proved.insert(index)
        }
        return proved.isEmpty && !renamed.isEmpty ? nil : proved
    }
}
