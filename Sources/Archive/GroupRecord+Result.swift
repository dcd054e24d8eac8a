extension GroupRecord {
    /// How a run ended for one account. Every message that was listed stands in exactly one of the counts.
    package struct Result: Sendable, Equatable, Codable {
        package var account: String
        /// Messages that the server showed.
        package var listed = 0
        /// Archived before this run.
        package var alreadyArchived = 0
        /// Of those, known again by their header after the unique-ids were renumbered or the maildrop was moved.
        package var mapped = 0
        /// New, and durable.
        package var archived = 0
        /// Received, and found to be what the account holds already.
        package var duplicates = 0
        /// Could not be had, one by one; tried again in later runs.
        package var quarantined = 0
        /// Not reached: the session failed, or the job was stopped.
        package var left = 0
        /// Deletions that the server accepted; the next listing tells whether they lasted.
        package var deleted = 0
        /// Received in this run.
        package var octets: UInt64 = 0
        /// Of those, not stored again.
        package var savedOctets: UInt64 = 0
        package var seconds = 0.0
        /// Why it is not complete; `nil` when it is.
        package var error: String?

        package init(account: String) { self.account = account }

        /// Whether the counts add up to what was listed. Where they do not, mailcask has a mistake in it.
        package var isBalanced: Bool { listed == alreadyArchived + archived + duplicates + quarantined + left }

        /// Messages that are on the server and not in the archive.
        package var missing: Int { quarantined + left }

        private enum CodingKeys: String, CodingKey {
            case account, listed, alreadyArchived, mapped, archived, duplicates, quarantined, left, deleted, octets
            case savedOctets, seconds, error
            /// What earlier versions wrote for `quarantined` and `left` together.
            case failed
        }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            account = try fields.decode(String.self, forKey: .account)
            listed = try fields.decode(Int.self, forKey: .listed)
            alreadyArchived = try fields.decode(Int.self, forKey: .alreadyArchived)
            mapped = try fields.decodeIfPresent(Int.self, forKey: .mapped) ?? 0
            archived = try fields.decode(Int.self, forKey: .archived)
            duplicates = try fields.decode(Int.self, forKey: .duplicates)
            quarantined = try fields.decodeIfPresent(Int.self, forKey: .quarantined) ?? 0
            left =
                try fields.decodeIfPresent(Int.self, forKey: .left)
                ?? fields.decodeIfPresent(Int.self, forKey: .failed) ?? 0
            deleted = try fields.decodeIfPresent(Int.self, forKey: .deleted) ?? 0
            octets = try fields.decode(UInt64.self, forKey: .octets)
            savedOctets = try fields.decode(UInt64.self, forKey: .savedOctets)
            seconds = try fields.decode(Double.self, forKey: .seconds)
            error = try fields.decodeIfPresent(String.self, forKey: .error)
        }

        package func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(account, forKey: .account)
            try fields.encode(listed, forKey: .listed)
            try fields.encode(alreadyArchived, forKey: .alreadyArchived)
            try fields.encode(mapped, forKey: .mapped)
            try fields.encode(archived, forKey: .archived)
            try fields.encode(duplicates, forKey: .duplicates)
            try fields.encode(quarantined, forKey: .quarantined)
            try fields.encode(left, forKey: .left)
            try fields.encode(deleted, forKey: .deleted)
            try fields.encode(octets, forKey: .octets)
            try fields.encode(savedOctets, forKey: .savedOctets)
            try fields.encode(seconds, forKey: .seconds)
            try fields.encodeIfPresent(error, forKey: .error)
        }
    }
}
