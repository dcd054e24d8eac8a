/// One mailbox of the server: what a login opens.
package struct SimulatedMaildrop: Sendable, Equatable {
    package var password: String

    /// In the order of their message numbers, from 1.
    package var messages: [SimulatedMessage]

    /// A second session is refused with [IN-USE] while one is open (RFC 1939, section 4).
    package var isExclusive: Bool

    /// How many messages a session shows at most; nil is all. Messages retrieved in a session that ends with QUIT are
    /// hidden from later ones, so that the next window moves up, as Gmail does.
    package var windowMessageLimit: Int?

    package init(
        password: String, messages: [SimulatedMessage] = [], isExclusive: Bool = false, windowMessageLimit: Int? = nil
    ) {
        self.password = password
        self.messages = messages
        self.isExclusive = isExclusive
        self.windowMessageLimit = windowMessageLimit
    }

    /// `count` generated messages, all their sizes and unique-ids a function of the seed.
    package static func generated(
        seed: UInt64, count: Int, byteCounts: ClosedRange<Int64> = 1_000...100_000, password: String
    ) -> SimulatedMaildrop {
        var random = SeededRandom(seed: seed)
        let messages = (0..<count).map { _ in
            let content = SimulatedContent.generated(
                seed: random.next(), byteCount: Int64.random(in: byteCounts, using: &random))
            return SimulatedMessage(uniqueID: "s" + String(random.next(), radix: 36), content: content)
        }
        return SimulatedMaildrop(password: password, messages: messages)
    }

    /// The positions in `messages` that a session opened now shows, message number 1 first.
    var visiblePositions: [Int] {
        let shown = messages.indices.filter { !messages[$0].isHidden }
        return windowMessageLimit.map { Array(shown.prefix($0)) } ?? shown
    }
}
