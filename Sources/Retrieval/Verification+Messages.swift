import Archive
import Catalog
import Mail
import Platform

extension Verification {
    /// Rebuilds messages; in the order in which they lie on disk, so that neighbours go to one worker and their members
    /// are inflated once.
    func verifyMessages(_ digests: [Digest]) throws {
        let runs = stride(from: 0, to: digests.count, by: 64).map { Array(digests[$0..<min($0 + 64, digests.count)]) }
        let queue = Lock(runs[...])
        let catalog = catalog
        forEach(Array(0..<workerCount)) { _ in
            let reader = ArchiveReader(catalog)
            while let run = queue.withLock({ $0.popFirst() }) { for digest in run { verify(digest, reader) } }
        }
    }

    private func verify(_ digest: Digest, _ reader: ArchiveReader) {
        var octets: UInt64 = 0
        do { try reader.read(digest) { octets += UInt64($0.count) } } catch { add(digest, error, reader) }
        findings.update {
            $0.counts.messageCount += 1
            $0.counts.octets += octets
        }
    }

    private func add(_ digest: Digest, _ error: any Error, _ reader: ArchiveReader) {
        let accounts = (try? catalog.holders(of: digest)) ?? []
        let damaged = (try? reader.damagedSegments(of: digest)) ?? []
        findings.update { findings in
            findings.messages[digest] = Damage("message \(digest)", "\(error)", accounts: accounts)
            for (segment, place, reason) in damaged {
                let member = Findings.Member(file: place.file, offset: place.memberOffset)
                var damage = findings.members[member] ?? Findings.MemberDamage(reason: reason)
                damage.segments.insert(segment)
                damage.messages.insert(digest)
                findings.members[member] = damage
            }
        }
    }
}
