/// How the server ends a connection.
package enum ConnectionEnding: Sendable, Equatable {
    /// TCP FIN, without a word from TLS.
    case fin
    /// TCP RST. Bytes on their way may be lost with it.
    case rst
    /// The TLS close_notify alert, then FIN; in clear, FIN.
    case tlsCloseNotify
}

/// Why a session is over.
enum SessionEnd: Error {
    /// The peer went away, or the server was stopped.
    case peerGone
    /// The server closes, by QUIT or by a fault.
    case closed(ConnectionEnding)
}
