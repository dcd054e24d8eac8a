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
    ///   - hasTOP: the server may know TOP. Without it names are trusted, but those that should be gone.
    /// - Throws: what ended the session.
    func run(_ work: inout MaildropWork, _ line: SessionLine, limit: Int?, hasTOP: Bool) throws {
        guard let latest = account.deletion.latestArchived(now: WallClock.now()) else { return }
        let known = try DeletionCandidate.known(of: work, account: account.name, context.catalog)
        let due = DeletionCandidate.inOrder(known, requested).filter { $0.archived <= latest }.prefix(limit ?? .max)
        guard !due.isEmpty else { return }
        var listed: [Int: HeaderFingerprint?] = [:]
        if hasTOP {
            let entries = due.map {
                MaildropListing.Entry(number: $0.number, uniqueID: UniqueID($0.uniqueID), octets: $0.octets)
            }
            try HeaderRequests(line: line, stop: context.stop).run(entries) {
                listed[$0] = .some(HeaderFingerprint(headerBytes: $1, needsName: false))
            }
        }
        let reader = ArchiveReader(context.catalog)
        var doubtful: Set<MessageNumber> = []
        for (place, candidate) in due.enumerated() {
            let isSame: Bool
            if let fingerprint = listed[place] {
                isSame = try fingerprint == archivedFingerprint(of: candidate, reader)
            } else {
                isSame = !requested.contains(candidate.uniqueID)
            }
            if !isSame { doubtful.insert(candidate.number) }
        }
        work.trust(Set(due.map(\.number)).subtracting(doubtful))
        work.doubt(doubtful)
    }

    private func archivedFingerprint(
        of candidate: DeletionCandidate, _ reader: ArchiveReader
    ) throws -> HeaderFingerprint? {
        if let fingerprint = candidate.fingerprint { return fingerprint }
        var header: [UInt8] = []
        // A damaged copy is told when it is read back before the deletion.
        try? reader.read(candidate.digest) { bytes in
            if header.count < HeaderRequests.headerByteLimit { header += bytes }
        }
        return header.withUnsafeBytes { HeaderFingerprint(headerBytes: $0, needsName: false) }
    }
}
