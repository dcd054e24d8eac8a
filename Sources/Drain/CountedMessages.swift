import Mail
import POP

/// The messages that earlier sessions of a run have counted for good, so that one that is listed again counts once.
struct CountedMessages: Sendable {
    /// Hashes of unique-ids that can be trusted; those in `known` were counted as archived before, the others as what
    /// the run made of them.
    private var names: Set<Int> = []
    private var known: Set<Int> = []
    /// Messages whose unique-id says nothing, by content, with how often.
    private var contents: [Digest: Int] = [:]

    var isEmpty: Bool { names.isEmpty && known.isEmpty && contents.isEmpty }

    func contains(_ uniqueID: [UInt8]) -> Bool {
        guard !names.isEmpty || !known.isEmpty else { return false }
        let hash = uniqueID.hashValue
        return names.contains(hash) || known.contains(hash)
    }

    func containsKnown(_ uniqueID: [UInt8]) -> Bool { !known.isEmpty && known.contains(uniqueID.hashValue) }

    /// Takes one message of this content off the list; `false` when there is none left.
    mutating func take(_ content: Digest) -> Bool {
        guard let count = contents[content], count > 0 else { return false }
        contents[content] = count - 1
        return true
    }

    mutating func add(_ uniqueID: [UInt8]) {
        let hash = uniqueID.hashValue
        known.remove(hash)
        names.insert(hash)
    }

    /// Adds a message that is known; one that an earlier session had stays what it was counted as.
    mutating func addKnown(_ uniqueID: [UInt8]) {
        let hash = uniqueID.hashValue
        if !names.contains(hash) { known.insert(hash) }
    }

    mutating func removeKnown(_ uniqueID: [UInt8]) { known.remove(uniqueID.hashValue) }

    /// At least so many messages of each content are counted.
    mutating func add(_ counts: [Digest: Int]) { contents.merge(counts) { max($0, $1) } }
}
