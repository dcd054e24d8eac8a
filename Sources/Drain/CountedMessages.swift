import Mail
import POP

/// The messages that earlier sessions of a run have counted for good, so that one that is listed again counts once.
struct CountedMessages: Sendable {
    /// Hashes of unique-ids that can be trusted.
    private var names: Set<Int> = []
    /// Messages whose unique-id says nothing, by content, with how often.
    private var contents: [Digest: Int] = [:]

    var isEmpty: Bool { names.isEmpty && contents.isEmpty }

    func contains(_ uniqueID: [UInt8]) -> Bool { !names.isEmpty && names.contains(uniqueID.hashValue) }

    /// Takes one message of this content off the list; `false` when there is none left.
    mutating func take(_ content: Digest) -> Bool {
        guard let count = contents[content], count > 0 else { return false }
        contents[content] = count - 1
        return true
    }

    mutating func add(_ uniqueID: [UInt8]) { names.insert(uniqueID.hashValue) }

    /// At least so many messages of each content are counted.
    mutating func add(_ counts: [Digest: Int]) { contents.merge(counts) { max($0, $1) } }
}
