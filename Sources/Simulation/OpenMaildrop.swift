/// A maildrop as one session sees it, from login to the end (RFC 1939, TRANSACTION state).
struct OpenMaildrop {
    let user: String
    /// Changes of the maildrop before this session opened it.
    let generation: Int
    /// Message number n is `messages[n - 1]`, and stood at `positions[n - 1]` in the maildrop.
    let messages: [SimulatedMessage]
    let positions: [Int]
    private let servesOriginals: Bool
    private(set) var deleted: Set<Int> = []
    private(set) var retrieved: Set<Int> = []

    init(user: String, generation: Int, maildrop: SimulatedMaildrop, servesOriginals: Bool) {
        self.servesOriginals = servesOriginals
        self.user = user
        self.generation = generation
        positions = maildrop.visiblePositions
        messages = positions.map { maildrop.messages[$0] }
    }

    /// The numbers not marked as deleted, in order.
    var numbers: [Int] { messages.indices.map { $0 + 1 }.filter { !deleted.contains($0) } }

    /// nil where there is no such message, or none any more.
    func message(_ number: Int?) -> SimulatedMessage? {
        guard let number, number >= 1, number <= messages.count, !deleted.contains(number) else { return nil }
        return shown(number)
    }

    /// A message of `numbers`, as this client gets it.
    func shown(_ number: Int) -> SimulatedMessage {
        var message = messages[number - 1]
        if !servesOriginals, let surrogate = message.surrogate { message.content = surrogate }
        return message
    }

    mutating func markDeleted(_ number: Int) { deleted.insert(number) }
    mutating func markRetrieved(_ number: Int) { retrieved.insert(number) }
    mutating func unmarkDeleted() { deleted.removeAll() }
}
