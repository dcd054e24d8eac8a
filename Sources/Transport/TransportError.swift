/// Why there is no connection, or no longer one: what happened, with whom, and what to do.
package struct TransportError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// The host name has no address.
        case nameNotFound
        /// The name service does not answer: worth a retry.
        case nameServiceFailed
        /// No address accepted the connection.
        case connectFailed
        case timedOut(Phase)
        /// The certificate, or the name in it, was not accepted.
        case certificate
        /// The TLS handshake failed for another reason.
        case handshake
        /// The peer closed or reset the connection.
        case closed
        /// The CA file of the account cannot be used.
        case badCAFile
        /// The route to the server cannot be used as the manifest has it, or the proxy forbids it.
        case badRoute
        /// Another setting of TLS, or a file that one names, cannot be used.
        case badTLSSettings
        /// The caller's stop flag was raised.
        case stopped
    }

    /// What was waited for when the time was over.
    package enum Phase: String, Sendable {
        case connect = "connecting"
        case handshake = "the TLS handshake"
        case greeting = "the greeting"
        case reply = "a reply"
        case login = "the answer to the login"
        case body = "more of a message"
        case quit = "the answer to QUIT"
        case write = "sending a command"
    }

    package let code: Code
    /// `host:port` as the manifest has it.
    package let peer: String
    package let message: String

    /// What a server has shown whose certificate was refused.
    package let refused: RefusedChain?

    init(_ code: Code, _ peer: String, _ message: String, refused: RefusedChain? = nil) {
        self.code = code
        self.peer = peer
        self.message = message
        self.refused = refused
    }

    /// What a raised stop flag ends a wait with.
    static func stopped(_ peer: String) -> TransportError { TransportError(.stopped, peer, "stopped while connecting") }

    package var description: String { "\(peer): \(message)" }

    /// The same with another word on what to do.
    package func adding(_ remedy: String) -> TransportError { TransportError(code, peer, "\(message); \(remedy)") }

    /// Whether a later try may go better with nothing changed on this side.
    package var isTemporary: Bool {
        switch code {
        case .nameServiceFailed, .connectFailed, .timedOut, .closed, .stopped: true
        case .nameNotFound, .certificate, .handshake, .badCAFile, .badRoute, .badTLSSettings: false
        }
    }
}
