import Synchronization

/// How far the drain of one account is: written by its session, read by whoever shows it.
package final class AccountProgress: Sendable {
    /// What the session is doing.
    package enum Phase: Int, Sendable, CustomStringConvertible {
        case connecting, loggingIn, listing, comparing, receiving, committing, deleting, waiting, finished

        package var description: String {
            switch self {
            case .connecting: "connecting"
            case .loggingIn: "logging in"
            case .listing: "listing"
            case .comparing: "comparing"
            case .receiving: "receiving"
            case .committing: "committing"
            case .deleting: "deleting"
            case .waiting: "waiting"
            case .finished: "finished"
            }
        }

        /// For people, behind "during".
        var step: String {
            switch self {
            case .connecting: "the greeting"
            case .loggingIn: "the login"
            case .listing: "the listing"
            case .comparing: "the comparison of headers"
            case .receiving: "the transfer"
            case .deleting: "the deletion"
            case .committing, .waiting, .finished: "the end of the session"
            }
        }
    }

    package let account: String
    package let started = ContinuousClock.now
    private let phaseValue = Atomic<Int>(Phase.connecting.rawValue)
    private let fetched = Atomic<Int>(0)
    private let wanted = Atomic<Int>(0)
    private let octets = Atomic<UInt64>(0)
    private let expected = Atomic<UInt64>(0)

    init(account: String) { self.account = account }

    package var phase: Phase { Phase(rawValue: phaseValue.load(ordering: .relaxed)) ?? .finished }
    /// Messages received, and messages to receive.
    package var messageCounts: (fetched: Int, wanted: Int) {
        (fetched.load(ordering: .relaxed), wanted.load(ordering: .relaxed))
    }
    /// Octets received, and octets expected by the scan listing.
    package var octetCounts: (received: UInt64, expected: UInt64) {
        (octets.load(ordering: .relaxed), expected.load(ordering: .relaxed))
    }

    func enter(_ phase: Phase) { phaseValue.store(phase.rawValue, ordering: .relaxed) }

    func expect(messages: Int, octets: UInt64) {
        wanted.store(messages, ordering: .relaxed)
        expected.store(octets, ordering: .relaxed)
    }

    func add(octets count: Int) { octets.wrappingAdd(UInt64(count), ordering: .relaxed) }

    func addMessage() { fetched.wrappingAdd(1, ordering: .relaxed) }
}
