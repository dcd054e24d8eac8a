/// How many RETR may be under way at once: bounded in commands, and in the octets that they are expected to bring to what
/// comes in a second. So a long way is filled, and a stop never has more than that to wait for. One command may always go.
package struct PipelineWindow: Sendable {
    /// The octets that may be under way before anything is known of the way, and on the slowest.
    package static let leastOctetLimit: UInt64 = 1 << 20
    package static let mostOctetLimit: UInt64 = 16 << 20

    /// Commands that may be under way before any is answered: a server that refuses all is not asked for hundreds.
    private static let firstCommandLimit = 32
    /// Commands that are added for one that brought what it asked for.
    private static let growth = 4

    private let mostCommands: Int
    package private(set) var octetLimit: UInt64
    private var octets: [UInt64] = []
    private var octetSum: UInt64 = 0
    private var answeredOctets: UInt64 = 0
    /// Of commands, by the answers.
    private var added = 0

    /// - Parameters:
    ///   - commandLimit: 1 where the server offers no PIPELINING (RFC 2449, section 6.6).
    ///   - octetLimit: to begin with; of an earlier session with the host, if there was one.
    ///   - isProven: the host served many in a row before.
    package init(commandLimit: Int, octetLimit: UInt64 = Self.leastOctetLimit, isProven: Bool = false) {
        precondition(commandLimit > 0)
        mostCommands = commandLimit
        self.octetLimit = octetLimit
        if isProven { added = commandLimit }
    }

    private var commandLimit: Int { min(mostCommands, Self.firstCommandLimit + added) }

    /// Whether it is as wide in commands as it may be.
    package var isWide: Bool { commandLimit == mostCommands }

    /// Whether it is time to send more: half of it is used up. So many commands go in one write.
    package var isLow: Bool { octets.count <= commandLimit / 2 && octetSum <= octetLimit / 2 }

    /// Whether one more command that brings `expectedOctets` may go.
    package func admits(_ expectedOctets: UInt64) -> Bool {
        if octets.isEmpty { return true }
        guard octets.count < commandLimit, expectedOctets <= octetLimit else { return false }
        return octetSum <= octetLimit - expectedOctets
    }

    package mutating func add(_ expectedOctets: UInt64) {
        octets.append(expectedOctets)
        octetSum += expectedOctets
    }

    /// The oldest command is answered in full.
    /// - Parameters:
    ///   - elapsed: since the first one was sent.
    ///   - isServed: it brought what it asked for.
    package mutating func removeFirst(after elapsed: Duration, isServed: Bool = true) {
        let first = octets.removeFirst()
        octetSum -= first
        added = min(mostCommands, added + (isServed ? Self.growth : 1))
        answeredOctets &+= first
        let (seconds, attoseconds) = elapsed.components
        let perSecond = Double(answeredOctets) / max(1e-6, Double(seconds) + Double(attoseconds) * 1e-18)
        octetLimit = max(Self.leastOctetLimit, UInt64(min(perSecond, Double(Self.mostOctetLimit))))
    }
}
