import Archive
import Catalog
import Mail
import Platform

/// What a verification has found so far.
struct Findings {
    /// A record of a volume, as the chain needs it.
    struct Record {
        let digest: Digest
        let previous: Digest?
        let repair: GroupRecord.Repair?
        /// For people: entry and volume.
        let name: String
    }

    /// A member that does not give the segments in it.
    struct Member: Hashable, Comparable {
        let file: String
        let offset: UInt64

        static func < (left: Member, right: Member) -> Bool { (left.file, left.offset) < (right.file, right.offset) }
    }

    /// What an account holds.
    struct Holding: Hashable, Comparable {
        let account: String
        let message: Digest

        static func < (left: Holding, right: Holding) -> Bool {
            (left.message, left.account) < (right.message, right.account)
        }
    }

    /// What is wrong with a member, and who needs it.
    struct MemberDamage {
        let reason: String
        var segments: Set<Digest> = []
        var messages: Set<Digest> = []
    }

    var counts = Verification.Outcome()
    var files: [Verification.Damage] = []
    var chain: [Verification.Damage] = []
    /// The records of each volume, in their order.
    var records: [String: [Record]] = [:]
    /// Hashes of the paths below `mail` that were read and are good: millions of them, so not the paths.
    var ownFiles: Set<Int> = []
    /// Hashes of what records tell that accounts hold in mbox files.
    var told: Set<Int> = []
    /// What records tell and the catalogue does not know, with the name of a record.
    var unheld: [Holding: String] = [:]
    /// What the catalogue says, and neither a record nor a file of the account does.
    var untold: [Holding] = []
    var members: [Member: MemberDamage] = [:]
    /// Accounts whose own file of a message is not there.
    var missingOwnFiles: [(account: String, message: Digest, path: String)] = []
    /// Messages, and single copies in mbox files, that do not come back.
    var messages: [Digest: Verification.Damage] = [:]
    var copies: [Verification.Damage] = []
}

extension Verification {
    /// All of it, in an order for people.
    func report() throws -> Outcome {
        let found = findings.update { $0 }
        var outcome = found.counts
        outcome.damages = found.files.sorted { $0.what < $1.what } + found.chain
        for (member, damage) in found.members.sorted(by: { $0.key < $1.key }) {
            let accounts = Set(try damage.messages.flatMap(catalog.holders))
            outcome.damages.append(
                Damage(
                    "\(member.file), member at \(member.offset)",
                    "damaged, with \(damage.segments.count.counted("segment")) (\(damage.reason))",
                    accounts: accounts.sorted(), messages: damage.messages.sorted()))
        }
        for file in found.missingOwnFiles.sorted(by: { $0.path < $1.path }) where found.messages[file.message] == nil {
            outcome.damages.append(
                Damage(
                    file.path,
                    "missing or damaged in the volumes, which cannot give this message without the catalogue",
                    accounts: [file.account], messages: [file.message]))
        }
        for (holding, record) in found.unheld.sorted(by: { $0.key < $1.key }) {
            let reason = "\(record) tells of it, and the catalogue does not know it"
            outcome.damages.append(Damage("message \(holding.message)", reason, accounts: [holding.account]))
        }
        for holding in found.untold.sorted() {
            let reason = "the catalogue knows it, and no record tells of it"
            outcome.damages.append(Damage("message \(holding.message)", reason, accounts: [holding.account]))
        }
        outcome.damages += found.copies.sorted { $0.what < $1.what }
        outcome.damages += found.messages.sorted { $0.key < $1.key }.map(\.value)
        return outcome
    }
}
