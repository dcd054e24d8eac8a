/// How many RETR may be under way at once: bounded in commands and in the octets that they are expected to bring, so
/// that a stop never has more than this to wait for. One command may always go.
package struct PipelineWindow: Sendable {
    package let commandLimit: Int
    package let octetLimit: UInt64
    private var octets: [UInt64] = []
    private var octetSum: UInt64 = 0

    /// - Parameter commandLimit: 1 where the server offers no PIPELINING (RFC 2449, section 6.6).
    package init(commandLimit: Int, octetLimit: UInt64 = 1 << 20) {
        precondition(commandLimit > 0)
        self.commandLimit = commandLimit
        self.octetLimit = octetLimit
    }

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
    package mutating func removeFirst() { octetSum -= octets.removeFirst() }
}
