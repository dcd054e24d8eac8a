import Archive
import Catalog
import Mail

/// What a repair writes besides messages that are added like new ones. Failures end the writing, as anywhere.
extension Committer {
    /// Takes a message again that its account does not hold any more.
    /// - Parameter checkpoints: what is known of it; their path is that of the new copy.
    func addAgain(
        _ message: IncomingMessage, _ checkpoints: [GroupRecord.Message], _ account: GroupRecord.Account
    ) async throws {
        try await makeRoom(for: message.size)
        if let failure { throw failure }
        let path = try store.add(message, account: account.name, to: &group).path
        try addCheckpoints(
            checkpoints.map {
                var checkpoint = $0
                checkpoint.path = path
                return checkpoint
            }, account)
    }

    /// Notes further unique-ids of a message that the account holds.
    func addCheckpoints(_ checkpoints: [GroupRecord.Message], _ account: GroupRecord.Account) throws {
        for checkpoint in checkpoints { group.add(checkpoint, account) }
        try commitIfDue()
    }

    /// Takes a message that lies whole in an mbox file, where no sound record tells of it.
    /// - Parameter committedLength: of that file; `nil` where the catalogue knows it.
    func adopt(
        _ message: IncomingMessage, _ checkpoints: [GroupRecord.Message], _ account: GroupRecord.Account,
        committedLength: UInt64?
    ) throws {
        if try group.segments(of: message.digest) == nil && !catalog.hasMessage(message.digest) {
            let segments = message.size == 0 ? [] : [message.digest]
            group.add(
                message.digest, PendingGroup.Message(size: message.size, segments: segments, facts: message.facts))
        }
        if let committedLength, let file = checkpoints.first?.path { group.add(file: file, length: committedLength) }
        try addCheckpoints(checkpoints, account)
    }

    /// Writes a record of an earlier run again, for its results.
    func writeAgain(
        _ run: GroupRecord.Run, _ results: [GroupRecord.Result], _ accounts: [GroupRecord.Account], number: Int
    ) throws {
        var record = GroupRecord(run: run)
        (record.accounts, record.results) = (accounts, results)
        try store.finish(PendingGroup(), record, number: number).commit(to: catalog)
    }

    /// Seals the open volume, whatever its size, so that what follows lies in volumes of its own.
    func sealOpenVolume() throws { try store.seal(1) }
}
