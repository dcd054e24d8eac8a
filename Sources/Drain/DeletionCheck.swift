import Catalog
import Mail
import Manifest
import POP
import Platform
import Retrieval

/// Before what is known by its name is deleted: makes sure by TOP that it is what was archived under that name. A server
/// may give the name of a message that is gone to another one, which may even have the same size.
struct DeletionCheck {
    let account: Account
    let context: JobContext
    /// Unique-ids whose deletion was asked for before.
    let requested: Set<[UInt8]>

    /// Has everything fetched that may be another message.
    /// - Parameters:
    ///   - limit: deletions that may still be made in this run; `nil` is any number.
    ///   - support: names are trusted where TOP is missing, but for those that should be gone.
    /// - Throws: what ended the session.
    func run(_ work: inout MaildropWork, _ line: SessionLine, limit: Int?, _ support: TOPSupport) throws {
        guard let latest = account.deletion.latestArchived(now: WallClock.now()) else { return }
        let unsizedCount = work.known.count { $0.octets == nil }
        if unsizedCount > 0 {
            context.observer.handle(
                .notice(
                    "\(account.name): \(unsizedCount) messages that are archived stay on the server, since it tells no "
                        + "sizes to know them by"))
        }
        let known = try DeletionCandidate.known(of: work, account: account.name, context.catalog)
        let all = DeletionCandidate.inOrder(known, requested).filter { $0.archived <= latest }.prefix(limit ?? .max)
        guard !all.isEmpty else { return }
        let due = all.prefix(context.sessionLimits.messageCount)
        work.isCutShort = due.count < all.count
        var support = support
        var listed: [Int: HeaderFingerprint] = [:]
        if support.mayBeAskedFor {
            let entries = due.map {
                MaildropListing.Entry(number: $0.number, uniqueID: UniqueID($0.uniqueID), octets: $0.octets)
            }
            let answers = try HeaderRequests(line: line, stop: context.stop).run(entries) {
                listed[$0] = HeaderFingerprint(headerBytes: $1, needsName: false)
            }
            support.learn(answers)
            // What was not asked for is no doubt: nothing is deleted any more.
            guard !context.stop.isRequested else { return }
        }
        let reader = ArchiveReader(context.catalog)
        var keepAlive = KeepAlive(line.client, silence: account.timeouts.silence)
        var doubtful: Set<MessageNumber> = []
        for (place, candidate) in due.enumerated() {
            let isSame: Bool
            if let fingerprint = listed[place] {
                isSame = fingerprint == archivedFingerprint(of: candidate, reader)
            } else {
                // A header that was refused, or is too long to be compared, says nothing.
                isSame = support == .missing && !requested.contains(candidate.uniqueID)
            }
            if !isSame { doubtful.insert(candidate.number) }
            try keepAlive.speak()
        }
        work.trust(Set(due.map(\.number)).subtracting(doubtful))
        work.doubt(doubtful)
    }

    private func archivedFingerprint(of candidate: DeletionCandidate, _ reader: ArchiveReader) -> HeaderFingerprint? {
        if let fingerprint = candidate.fingerprint { return fingerprint }
        return reader.beginning(of: candidate.digest).withUnsafeBytes {
            HeaderFingerprint(headerBytes: $0, needsName: false)
        }
    }
}
