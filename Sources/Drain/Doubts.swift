import Mail

/// Answers that hold what the account has already, and not in the listed size: each counts once it came twice.
struct Doubts {
    private var digests: [Int: Digest] = [:]

    /// Whether the last answer for this message held the same.
    func confirm(_ digest: Digest, for index: Int) -> Bool { digests[index] == digest }

    /// Notes an answer.
    /// - Returns: whether it contradicts the one before.
    mutating func add(_ digest: Digest, for index: Int) -> Bool {
        digests.updateValue(digest, forKey: index).map { $0 != digest } ?? false
    }
}
