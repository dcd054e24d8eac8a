import Catalog
import Mail
import POP

/// A message of a listing that the archive holds for sure, and that may be deleted on the server once the copy is proved
/// and old enough.
struct DeletionCandidate {
    let number: MessageNumber
    /// Empty where the server has none of use.
    let uniqueID: [UInt8]
    /// By the scan listing.
    let octets: UInt64?
    let digest: Digest
    /// When the account first archived it, in seconds since 1970.
    let archived: Int64

    /// Of its header, where that names the message.
    let fingerprint: HeaderFingerprint?

    /// What `DeletionCheck` found to be what was archived, and what this session received. Nothing else was looked at.
    static func seen(in work: MaildropWork, account: String, _ catalog: Catalog) throws -> [DeletionCandidate] {
        var candidates = try known(of: work, account: account, catalog).filter { work.compared.contains($0.number) }
        for (index, digest) in work.contents {
            guard work.fates[index] == .archived || work.fates[index] == .duplicate,
                let archived = try catalog.archivedTime(of: digest, account: account)
            else { continue }
            let entry = work.entries[index]
            candidates.append(
                DeletionCandidate(
                    number: entry.number, uniqueID: entry.isNameTrusted ? entry.uniqueID.bytes : [],
                    octets: entry.octets, digest: digest, archived: archived, fingerprint: nil))
        }
        return candidates
    }

    /// What is listed with the unique-id and size that it was archived with.
    static func known(of work: MaildropWork, account: String, _ catalog: Catalog) throws -> [DeletionCandidate] {
        var candidates: [DeletionCandidate] = []
        for entry in work.known {
            // Without a size there is only the name to go by.
            guard let octets = entry.octets, work.checkpoints[entry.checkpoint].listedOctets == octets else { continue }
            let name = work.checkpoints.uniqueID(at: entry.checkpoint)
            guard let message = try catalog.archivedMessage(uniqueID: name, account: account) else { continue }
            candidates.append(
                DeletionCandidate(
                    number: entry.number, uniqueID: name, octets: octets, digest: message.digest,
                    archived: message.archived,
                    fingerprint: message.fingerprint))
        }
        return candidates
    }

    /// By number; behind the others those whose deletion was asked for in vain, so that they keep none.
    static func inOrder(_ candidates: [DeletionCandidate], _ requested: Set<[UInt8]>) -> [DeletionCandidate] {
        candidates.sorted {
            let (first, second) = (requested.contains($0.uniqueID), requested.contains($1.uniqueID))
            return first == second ? $0.number < $1.number : second
        }
    }
}
