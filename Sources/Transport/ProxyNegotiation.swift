/// The client's side of a proxy's protocol, without I/O. What comes from the proxy is bounded, and never shown.
protocol ProxyNegotiation {
    /// Writes what is sent first.
    mutating func begin(_ output: inout [UInt8]) throws(ProxyRefusal)

    /// Takes bytes of the proxy, and writes what is sent then.
    /// - Returns: how many of the bytes belong to the proxy's answer; those behind it are the server's.
    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ output: inout [UInt8]
    ) throws(ProxyRefusal) -> ProxyProgress
}

/// How far a negotiation has come with some bytes.
struct ProxyProgress: Equatable {
    let byteCount: Int
    /// The way to the server is open.
    let isOpen: Bool
}

/// Why a proxy does not open the way, in words for an administrator.
struct ProxyRefusal: Error, Equatable {
    let message: String
    /// Whether a later try may go better with nothing changed.
    let isTemporary: Bool

    static func permanent(_ message: String) -> ProxyRefusal { ProxyRefusal(message: message, isTemporary: false) }
    static func temporary(_ message: String) -> ProxyRefusal { ProxyRefusal(message: message, isTemporary: true) }
}
