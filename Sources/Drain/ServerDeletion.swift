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
        let (candidates, damage) = try proved(work, line)
        let deleted = try delete(candidates, &work, line)
        try await quit(deleted, &work, line)
        if let damage { throw damage }
    }

    // MARK: - What may go

    private func proved(
        _ work: MaildropWork, _ line: SessionLine
    ) throws -> (candidates: [DeletionCandidate], damage: AccountFailure?) {
        guard let latest = account.deletion.latestArchived(now: WallClock.now()) else { return ([], nil) }
        let reader = ArchiveReader(context.catalog)
        var proved: [DeletionCandidate] = []
        var damage: AccountFailure?
        var keepAlive = KeepAlive(line.client, silence: account.timeouts.silence)
        let candidates = try DeletionCandidate.seen(in: work, account: account.name, context.catalog)
        for candidate in DeletionCandidate.inOrder(candidates, requested) {
            guard candidate.archived <= latest else { continue }
            guard proved.count < limit ?? .max, !context.stop.isRequested else { break }
            do {
                try reader.read(candidate.digest) { _ in }
                proved.append(candidate)
            } catch {
                damage = damage ?? Self.damage(candidate, error)
            }
            try keepAlive.speak()
        }
        return (proved, damage)
    }

    private static func damage(_ candidate: DeletionCandidate, _ error: any Error) -> AccountFailure {
        AccountFailure(
            .damaged,
            "the archived copy of message \(candidate.number) cannot be read back, so it stays on the server: \(error)",
            remedy: "run `mailcask verify`")
    }

    // MARK: - Deleting

    /// - Returns: those whose DELE was answered `+OK`.
    private func delete(
        _ candidates: [DeletionCandidate], _ work: inout MaildropWork, _ line: SessionLine
    ) throws -> [DeletionCandidate] {
        var deleted: [DeletionCandidate] = []
        var refusal: Refusal?
        var refusedCount = 0
        let batchCount = line.isPipelining ? Self.batchCount : 1
        var start = 0
        while start < candidates.count, !context.stop.isRequested {
            let batch = candidates[start..<min(start + batchCount, candidates.count)]
            try line.client.send(batch.map { .delete($0.number) })
            work.deletionCount += batch.count
            for candidate in batch {
                let reply = try line.client.reply()
                if reply.isOK {
                    deleted.append(candidate)
                } else {
                    refusal = refusal ?? Refusal(what: "the deletion of message \(candidate.number)", reply)
                    refusedCount += 1
                }
            }
            start += batch.count
        }
        if let refusal {
            context.observer.handle(
                .notice("\(account.name): \(refusedCount) messages stay on the server: \(refusal)"))
        }
        return deleted
    }

    /// Deletions last only when QUIT is answered `+OK` (RFC 1939, section 6); the next listing tells. That they were asked
    /// for is durable before, so that no crash makes a name that is given to another message pass for archived.
    private func quit(_ deleted: [DeletionCandidate], _ work: inout MaildropWork, _ line: SessionLine) async throws {
        guard !deleted.isEmpty else {
            _ = try? line.client.exchange(.quit)
            return
        }
        try await note(deleted, line)
        let reply: Reply
        do { reply = try line.client.exchange(.quit, .quit) } catch {
            throw Self.unconfirmed(deleted.count, " (\(error))")
        }
        guard reply.isOK else { throw Self.unconfirmed(deleted.count, ": \(reply.displayText)") }
        work.deletedCount = deleted.count
    }

    private func note(_ deleted: [DeletionCandidate], _ line: SessionLine) async throws {
        var notes = AccountNotes(GroupRecord.Account(account))
        let now = WallClock.now()
        for candidate in deleted where !candidate.uniqueID.isEmpty {
            notes.deletions.append(
                GroupRecord.Deletion(
                    account: account.name, uniqueID: candidate.uniqueID, state: .requested, time: now))
        }
        let committer = context.committer
        try await committer.add(notes)
        try await line.client.whileWaiting(silence: account.timeouts.silence) { try await committer.settle() }
    }

    private static func unconfirmed(_ count: Int, _ reason: String) -> AccountFailure {
        AccountFailure(
            .retry, "the server did not confirm the deletion of \(count) messages\(reason)",
            remedy: "the next listing tells which of them are gone")
    }
}
