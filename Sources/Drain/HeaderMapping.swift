import Archive
import Catalog
import Mail
import Manifest
import POP
import Platform
import Retrieval
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
    /// So many messages of another size than they were archived with are fetched rather than compared: they may have been
    /// half delivered then.
    private static let resizedFetchLimit = 16

    /// A header as the server tells it today.
    private struct Header {
        let fingerprint: HeaderFingerprint
        let octets: Int?
    }

    private struct Likeness: Hashable {
        let fingerprint: HeaderFingerprint
        let octets: UInt64?
    }

    private let record: GroupRecord.Account
    private let context: JobContext
    private let silence: Duration
    private let hasMoved: Bool

    /// - Parameter hasMoved: the run before was with another host, port or user.
    init(_ account: Account, _ context: JobContext, hasMoved: Bool) {
        record = GroupRecord.Account(account)
        self.hasMoved = hasMoved
        self.context = context
        silence = account.timeouts.silence
    }

    /// Maps what can be mapped; the rest is left to be fetched.
    /// - Parameter support: learns from the answers.
    /// - Throws: what ended the session.
    func run(_ work: inout MaildropWork, _ line: SessionLine, _ support: inout TOPSupport) async throws {
        let candidates = candidates(work)
        guard !candidates.isEmpty else { return }
        guard try context.catalog.holdsMessages(account: record.name) else { return }
        var headers: [Int: Header] = [:]
        var unseen = Set(work.entries.indices)
        let requests = HeaderRequests(line: line, stop: context.stop)
        let answers = try requests.run(candidates.map { work.entries[$0] }) { place, bytes in
            unseen.remove(candidates[place])
            headers[candidates[place]] = HeaderFingerprint(headerBytes: bytes).map {
                Header(fingerprint: $0, octets: HeaderBlock.octets(of: bytes))
            }
        }
        support.learn(answers)
        let matches = try match(candidates, work, headers, unseen)
        let reader = ArchiveReader(context.catalog)
        var keepAlive = KeepAlive(line.client, silence: silence)
        let resized = try matches.filter { index, message in
            guard work.entries[index].isKnownByName else { return false }
            try keepAlive.speak()
            return !isOfSameBody(message, work.entries[index], headers[index]?.octets, reader)
        }
        let others = matches.filter { resized[$0.key] == nil }
        let renamed = others.filter { !work.entries[$0.key].isKnownByName }
        let areManyResized = resized.count > Self.resizedFetchLimit
        for (matches, doubtful) in [(others, renamed), (areManyResized ? resized : [:], resized)]
        where !matches.isEmpty {
            guard let proved = try prove(doubtful, work, line) else { continue }
            for (index, message) in matches.sorted(by: { $0.key < $1.key }) {
                try await context.committer.map(
                    message, as: work.entries[index].name, proof: proved.contains(index) ? .content : .header,
                    account: record)
                work.set(index, .mapped, message.digest)
            }
        }
    }

    /// The messages for which asking for the header may save fetching the body.
    private func candidates(_ work: MaildropWork) -> [Int] {
        let open = work.entries.indices.filter { !work.entries[$0].needsContent }
        let unknown = open.count { work.entries[$0].isNameTrusted && !work.entries[$0].isKnownByName }
        let gone = work.goneCount
        // Most of what was known is gone, and most of what is there is unknown.
        let isRenumbered =
            gone > 0 && 2 * unknown > work.known.count
            && 2 * gone >= work.checkpoints.count - work.deletedBeforeCount
        return open.filter {
            let entry = work.entries[$0]
            return hasMoved || isRenumbered || !entry.isNameTrusted || entry.isKnownByName
        }
    }

    private func match(
        _ candidates: [Int], _ work: MaildropWork, _ headers: [Int: Header], _ unseen: Set<Int>
    ) throws -> [Int: FingerprintedMessage] {
        let held = try context.catalog.messages(with: Set(headers.values.map(\.fingerprint)), account: record.name)
        // A message whose header was not seen may be the second one, and so may one that is known by its name.
        let unseenSizes = Set(unseen.map { work.entries[$0].octets })
        var listed: [Likeness: Int] = [:]
        for (index, header) in headers {
            listed[Likeness(fingerprint: header.fingerprint, octets: work.entries[index].octets), default: 0] += 1
        }
        var matches: [Int: FingerprintedMessage] = [:]
        var renamed: [Int: FingerprintedMessage] = [:]
        for index in candidates {
            guard let fingerprint = headers[index]?.fingerprint, let alike = held[fingerprint] else { continue }
            let entry = work.entries[index]
            if entry.isKnownByName {
                // The name and the header agree; the size may be what the server makes of it today.
                let known = try context.catalog.archivedMessage(uniqueID: entry.uniqueID.bytes, account: record.name)
                matches[index] = alike.first { $0.digest == known?.digest }
                continue
            }
            let same = alike.filter { $0.size == entry.octets }
            guard same.count == 1, listed[Likeness(fingerprint: fingerprint, octets: entry.octets)] == 1,
                !unseenSizes.contains(entry.octets)
            else { continue }
            renamed[index] = same[0]
        }
        let taken = try known(among: Set(renamed.values.map(\.digest)), work)
        return matches.merging(renamed.filter { !taken.contains($0.value.digest) }) { match, _ in match }
    }

    /// Those of the messages that are known by their names.
    private func known(among wanted: Set<Digest>, _ work: MaildropWork) throws -> Set<Digest> {
        guard !work.known.isEmpty, !wanted.isEmpty else { return [] }
        let messages = try context.catalog.checkpointedMessages(account: record.name, among: wanted)
        return Set(work.known.compactMap { messages[work.checkpoints.uniqueID(at: $0.checkpoint)] })
    }

    /// Whether a message of another size than it was archived with differs by its header alone.
    private func isOfSameBody(
        _ message: FingerprintedMessage, _ entry: MaildropListing.Entry, _ headerOctets: Int?, _ reader: ArchiveReader
    ) -> Bool {
        guard let octets = entry.octets else { return false }
        if octets == message.size { return true }
        guard let headerOctets,
            let archivedOctets = reader.beginning(of: message.digest).withUnsafeBytes({ HeaderBlock.octets(of: $0) })
        else { return false }
        return octets &- UInt64(headerOctets) == message.size &- UInt64(archivedOctets)
    }

    /// Fetches the smallest few and compares their bytes.
    /// - Returns: those that were compared; `nil` when a header lied or none could be compared, so that none is trusted.
    private func prove(
        _ matches: [Int: FingerprintedMessage], _ work: MaildropWork, _ line: SessionLine
    ) throws -> Set<Int>? {
        let sample = matches.sorted { ($0.value.size, $0.key) < ($1.value.size, $1.key) }.prefix(Self.sampleCount)
        var proved: Set<Int> = []
        for (index, message) in sample where proved.isEmpty || message.size < Self.sampleOctetLimit {
            try line.client.send([.retrieve(work.entries[index].number)])
            guard try line.replyToMessage(work.entries[index], isGuarded: false).isOK else { continue }
            var stream = DigestStream()
            try line.body(of: work.entries[index]) { stream.update($0) }
            guard stream.finish() == message.digest else { return nil }
            proved.insert(index)
        }
        return proved.isEmpty && !matches.isEmpty ? nil : proved
    }
}
