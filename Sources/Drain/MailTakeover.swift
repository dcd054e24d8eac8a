package import Archive
import Catalog
import Manifest
import Platform

/// Takes mail that another program delivered into an archive, so that the next drain need not fetch it.
///
/// The messages become those of an account that was drained from elsewhere. The next drain finds the account moved, and
/// knows each message again by its header and size where they are those that the server tells: see `HeaderMapping`. What
/// the other program changed is no such message, and is fetched.
package struct MailTakeover: Sendable {
    /// An account, and where its mail is.
    package struct Source: Sendable {
        package let account: String
        package let user: String
        /// Maildirs, which are folders, and mbox files.
        package let paths: [String]

        package init(account: String, user: String, paths: [String]) {
            self.account = account
            self.user = user
            self.paths = paths
        }
    }

    package struct Outcome: Sendable {
        package let account: String
        package var takenCount = 0
        /// What the account holds already.
        package var duplicateCount = 0
        /// Messages without a sign of the program: not taken.
        package var unsignedCount = 0
        /// Files that another program moved meanwhile: not taken.
        package var movedCount = 0
        /// mailcask has drained the account, and nothing was taken.
        package var isDrained = false
        package var octets: UInt64 = 0

        init(account: String) { self.account = account }
    }

    private static let hostPrefix = "imported from "

    private let layout: ArchiveLayout
    private let trace: DeliveryTrace

    package init(_ layout: ArchiveLayout, _ trace: DeliveryTrace) {
        self.layout = layout
        self.trace = trace
    }

    /// - Throws: `ArchiveError`, `FileError`, errors of the catalogue. What was taken before stays, and is a duplicate when
    ///   it comes again.
    package func run(_ sources: [Source]) async throws -> [Outcome] {
        let opening = try ArchiveOpening(layout, .tar)
        defer { withExtendedLifetime(opening) {} }
        var isSettled = false
        defer { if !isSettled { opening.lock.leaveName() } }
        let pool = CompressionPool(.balanced, workerCount: Process.processorCount)
        defer { pool.stop() }
        let committer = try Committer(
            opening, ArchiveSettings(path: layout.root), run: GroupRecord.Run.new(), pool: pool)
        defer { committer.stop() }
        let drained = try Set(
            opening.catalog.accountStatuses().filter { !$0.host.hasPrefix(Self.hostPrefix) }.map(\.name))
        let budget = MemoryBudget(byteLimit: 6 << 20)
        var outcomes: [Outcome] = []
        var results: [GroupRecord.Result] = []
        for source in sources {
            var outcome = Outcome(account: source.account)
            outcome.isDrained = drained.contains(source.account)
            if !outcome.isDrained {
                results.append(try await take(source, committer, budget, &outcome))
            }
            outcomes.append(outcome)
        }
        let names = Set(results.map(\.account))
        try await committer.finish(results, accounts: sources.filter { names.contains($0.account) }.map(record))
        try opening.catalog.close()
        isSettled = true
        return outcomes
    }

    private func take(
        _ source: Source, _ committer: Committer, _ budget: MemoryBudget, _ outcome: inout Outcome
    ) async throws -> GroupRecord.Result {
        let start = ContinuousClock.now
        var result = GroupRecord.Result(account: source.account)
        for mail in try source.paths.flatMap(DeliveredFolder.mail) {
            let receiver = MessageReceiver(
                spoolDirectory: layout.root, budget: budget,
                expectedOctets: mail.end.map { $0 - mail.start })
            do {
                guard try mail.original(trace, receiver.append) else {
                    outcome.unsignedCount += 1
                    continue
                }
            } catch let error as FileError where error.isMissing {
                outcome.movedCount += 1
                continue
            }
            let message = try receiver.finish()
            let name = ListedName(uniqueID: [])
            switch try await committer.add(message, as: name, account: record(source)) {
            case .archived(let savedOctets):
                outcome.takenCount += 1
                result.savedOctets += savedOctets
            case .duplicate, .unproved:
                outcome.duplicateCount += 1
                result.savedOctets += message.size
            }
            outcome.octets += message.size
        }
        (result.archived, result.duplicates) = (outcome.takenCount, outcome.duplicateCount)
        result.listed = result.archived + result.duplicates
        result.octets = outcome.octets
        result.seconds = start.duration(to: .now).inSeconds
        return result
    }

    /// Its host is no host, so that the first drain finds the account moved.
    private func record(_ source: Source) -> GroupRecord.Account {
        GroupRecord.Account(name: source.account, host: "\(Self.hostPrefix)\(trace)", port: 0, user: source.user)
    }
}
