import Archive
import Catalog
import Mail
import Manifest
import POP
import Platform
import Retrieval
import Transport

/// Deletes on the server what is archived, as the account's policy says, and ends the session.
///
/// A message goes only when its archived copy was read back from the durable files just before and its SHA-256 agrees,
/// and when this very session's listing shows it under the number, unique-id and size that it was archived with, and TOP
/// its header (see `DeletionCheck`), or it was received in this session. What was never received under its name does not
/// go.
struct ServerDeletion {
    /// Deletions that are noted, and then asked for, at once.
    private static let groupCount = 1000
    /// Refusals, nothing accepted between, after which the rest waits for the next run.
    private static let refusalLimit = 100
    /// DELE commands under way at once.
    private static let batchCount = 100

    private let account: Account
    private let context: JobContext
    private let limit: Int?
    private let requested: Set<[UInt8]>

    /// - Parameters:
    ///   - limit: deletions that may still be made in this run; `nil` is any number.
    ///   - requested: unique-ids whose deletion was asked for before.
    init(_ account: Account, _ context: JobContext, limit: Int?, requested: Set<[UInt8]>) {
        self.account = account
        self.context = context
        self.limit = limit
        self.requested = requested
    }

    /// - Throws: what ended the session; `AccountFailure` where a copy cannot be read back or QUIT is not confirmed.
    func run(_ work: inout MaildropWork, _ line: SessionLine) async throws {
        let start = ContinuousClock.now
        var candidates = try due(work)[...]
        var damage: AccountFailure?
        var deleted: [DeletionCandidate] = []
        var refusals: [Refusal] = []
        var refusedInARow = 0
        while !context.stop.isRequested, refusedInARow < Self.refusalLimit {
            let room = min(Self.groupCount, (limit ?? .max) - deleted.count)
            let group = try proved(&candidates, atMost: room, line, &damage)
            guard !group.isEmpty else { break }
            try await note(group, line)
            let accepted = try delete(group, &work, line, &refusals)
            refusedInARow = accepted.isEmpty ? refusedInARow + group.count : 0
            deleted += accepted
            if context.sessionLimits.areReached(messages: deleted.count, octets: 0, since: start) {
                work.isCutShort = work.isCutShort || !candidates.isEmpty
                break
            }
        }
        if let refusal = refusals.first {
            context.observer.handle(
                .notice("\(account.name): \(refusals.count) messages stay on the server: \(refusal)"))
        }
        try quit(deleted, &work, line)
        if let damage { throw damage }
    }

    // MARK: - What may go

    private func due(_ work: MaildropWork) throws -> [DeletionCandidate] {
        guard let latest = account.deletion.latestArchived(now: WallClock.now()) else { return [] }
        let candidates = try DeletionCandidate.seen(in: work, account: account.name, context.catalog)
        return DeletionCandidate.inOrder(candidates, requested).filter { $0.archived <= latest }
    }

    /// Takes the next candidates whose copies can be read back.
    private func proved(
        _ candidates: inout ArraySlice<DeletionCandidate>, atMost limit: Int, _ line: SessionLine,
        _ damage: inout AccountFailure?
    ) throws -> [DeletionCandidate] {
        let reader = ArchiveReader(context.catalog)
        var proved: [DeletionCandidate] = []
        var keepAlive = KeepAlive(line.client, silence: account.timeouts.silence)
        while proved.count < limit, !context.stop.isRequested, let candidate = candidates.popFirst() {
            do {
                try reader.read(candidate.digest) { _ in }
                proved.append(candidate)
            } catch {
                damage = damage ?? Self.damage(candidate, error)
            }
            try keepAlive.speak()
        }
        return proved
    }

    private static func damage(_ candidate: DeletionCandidate, _ error: any Error) -> AccountFailure {
        AccountFailure(
            .damaged,
            "the archived copy of message \(candidate.number) cannot be read back, so it stays on the server: \(error)",
            remedy: "run `mailcask verify`")
    }

    // MARK: - Deleting

    /// Makes durable that the deletions are asked for, before they are: a server may take DELE for good although the
    /// session breaks, and no name that is given to another message may then pass for archived.
    private func note(_ group: [DeletionCandidate], _ line: SessionLine) async throws {
        var notes = AccountNotes(GroupRecord.Account(account))
        let now = WallClock.now()
        for candidate in group where !candidate.uniqueID.isEmpty {
            notes.deletions.append(
                GroupRecord.Deletion(
                    account: account.name, uniqueID: candidate.uniqueID, state: .requested, time: now))
        }
        let committer = context.committer
        try await committer.add(notes)
        try await line.client.whileWaiting(silence: account.timeouts.silence) { try await committer.settle() }
    }

    /// - Returns: those whose DELE was answered `+OK`.
    private func delete(
        _ group: [DeletionCandidate], _ work: inout MaildropWork, _ line: SessionLine, _ refusals: inout [Refusal]
    ) throws -> [DeletionCandidate] {
        var deleted: [DeletionCandidate] = []
        let batchCount = line.isPipelining ? Self.batchCount : 1
        var rest = group[...]
        while !rest.isEmpty, !context.stop.isRequested {
            let batch = rest.prefix(batchCount)
            try line.client.send(batch.map { .delete($0.number) })
            work.deletionCount += batch.count
            work.askedNames.formUnion(batch.map(\.uniqueID))
            for candidate in batch {
                let reply = try line.client.reply()
                if reply.isOK {
                    deleted.append(candidate)
                } else {
                    work.deletionCount -= 1
                    refusals.append(Refusal(what: "the deletion of message \(candidate.number)", reply))
                }
            }
            rest = rest.dropFirst(batch.count)
        }
        return deleted
    }

    /// Deletions last only when QUIT is answered `+OK` (RFC 1939, section 6); the next listing tells.
    private func quit(_ deleted: [DeletionCandidate], _ work: inout MaildropWork, _ line: SessionLine) throws {
        guard !deleted.isEmpty else {
            _ = try? line.client.exchange(.quit)
            return
        }
        let reply: Reply
        do { reply = try line.client.exchange(.quit, .quit) } catch {
            throw Self.unconfirmed(deleted.count, " (\(error))")
        }
        guard reply.isOK else { throw Self.unconfirmed(deleted.count, ": \(reply.displayText)") }
        work.deletedCount += deleted.count
        work.deletedNames = Set(deleted.lazy.map(\.uniqueID).filter { !$0.isEmpty })
    }

    private static func unconfirmed(_ count: Int, _ reason: String) -> AccountFailure {
        AccountFailure(
            .retry, "the server did not confirm the deletion of \(count) messages\(reason)",
            remedy: "the next listing tells which of them are gone")
    }
}
