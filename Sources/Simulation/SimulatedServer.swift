/// A POP3 server on a loopback address that does what its script says. It serves from `init` until `stop` or `deinit`,
/// each connection on a thread of its own.
package final class SimulatedServer: Sendable {
    /// What CAPA tells unless another list is given; STLS is added where it is offered.
    package static let defaultCapabilities = [
        "CAPA", "TOP", "UIDL", "RESP-CODES", "AUTH-RESP-CODE", "PIPELINING", "USER",
    ]

    private let core: ServerCore

    /// - Parameters:
    ///   - maildrops: by user name
    ///   - capabilities: the lines of CAPA before login
    ///   - capabilitiesAfterLogin: those after it; nil is the same
    ///   - habits: what it does all the time
    package init(
        maildrops: [String: SimulatedMaildrop], script: FaultScript = .none, transport: SimulatedTransport = .plain,
        address: SimulatedAddress = .ipv4, capabilities: [String] = SimulatedServer.defaultCapabilities,
        capabilitiesAfterLogin: [String]? = nil, habits: ServerHabits = ServerHabits()
    ) throws(SimulationError) {
        core = try ServerCore(
            store: MaildropStore(maildrops, habits), faults: FaultCounter(script),
            capabilities: SimulatedSession.Capabilities(
                beforeLogin: capabilities, afterLogin: capabilitiesAfterLogin ?? capabilities,
                missingVerbs: script.missingVerbs, offersSTLS: transport.offersSTLS),
            habits: habits, transport: transport, address: address)
        try core.start()
    }

    deinit { core.stop() }

    package var port: UInt16 { core.port }

    /// Closes every connection and joins every thread. Further calls do nothing.
    package func stop() { core.stop() }

    /// The commands of all sessions as received and in that order, passwords included.
    package var log: [String] { core.log.map(\.command) }

    /// The commands of the nth session, from 1.
    package func log(ofSession number: Int) -> [String] {
        core.log.filter { $0.session == number }.map(\.command)
    }

    /// How often the nth session had answered all that had come, and waited for the client: its round trips.
    package func roundTripCount(ofSession number: Int) -> Int { core.waitCount(ofSession: number) }

    /// Connections accepted so far.
    package var sessionCount: Int { core.sessionCount }

    /// Connections open now.
    package var liveSessionCount: Int { core.liveSessionCount }

    /// Bytes sent in sessions that have ended, TLS framing not counted.
    package var sentByteCount: Int64 { core.sentByteCount }

    /// The maildrop as it is now.
    package func maildrop(_ user: String) -> SimulatedMaildrop? { core.store.maildrop(user) }

    /// What sessions did to the maildrop's messages, in that order.
    package func events(_ user: String) -> [MaildropEvent] { core.store.events(user) }

    /// Puts another maildrop in its place for sessions to come; nil removes it.
    package func replaceMaildrop(_ user: String, with maildrop: SimulatedMaildrop?) {
        core.store.replace(user, with: maildrop)
    }

    /// Changes a maildrop for sessions to come: open ones keep what they saw at login.
    package func mutateMaildrop<Failure: Error>(
        _ user: String, _ body: (inout SimulatedMaildrop) throws(Failure) -> Void
    ) throws(Failure) {
        try core.store.mutate(user, body)
    }
}
