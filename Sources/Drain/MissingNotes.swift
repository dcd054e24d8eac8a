import Archive
import Catalog
import Platform

/// What an archive knows of messages on the servers, and the catalogue of its sound files does not: deletions, and
/// messages that could not be had.
struct MissingNotes {
    private(set) var accounts: [String: AccountNotes] = [:]

    var isEmpty: Bool { accounts.isEmpty }

    /// - Parameters:
    ///   - old: what the archive knows.
    ///   - sound: what its sound files tell, and has been written again.
    init(of old: Catalog, in sound: Catalog) throws {
        try old.forEachDeletion { account, deletion in
            if try sound.deletion(ofUniqueID: deletion.uniqueID, account: account.name) != deletion {
                accounts[account.name, default: AccountNotes(account)].deletions.append(deletion)
            }
        }
        try old.forEachQuarantine { account, quarantine, first in
            let found = try sound.quarantine(ofUniqueID: quarantine.uniqueID, account: account.name)
            guard found != quarantine else { return }
            var lines = [quarantine]
            if found == nil, first < quarantine.time {
                lines.insert(quarantine, at: 0)
                (lines[0].tries, lines[0].time) = (1, first)
            }
            accounts[account.name, default: AccountNotes(account)].quarantines += lines
        }
        // What left the quarantine in a record that is lost.
        let known = try old.accounts()
        try sound.forEachQuarantine { account, quarantine, _ in
            guard let account = known[account.name],
                try old.quarantine(ofUniqueID: quarantine.uniqueID, account: account.name) == nil
            else { return }
            var left = quarantine
            (left.reason, left.time) = (nil, WallClock.now())
            accounts[account.name, default: AccountNotes(account)].quarantines.append(left)
        }
    }
}
