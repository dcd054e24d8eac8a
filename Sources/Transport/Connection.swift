import Glibc
package import Platform

/// An open byte stream to a server, used by one thread; `handle` may cut it off from any other.
package final class Connection {
    package let handle: SocketHandle
    private let endpoint: Endpoint
    private let socket: SocketWaiter
    private var tls: TLSSession?

    /// Connects, and shakes hands where TLS is implicit.
    /// - Parameters:
    ///   - timeout: for the look-up of the name and both of these together.
    ///   - stop: ends the look-up and the connecting once it is raised; what comes later is cut off by the handle.
    ///   - onOpen: gets the handle before any waiting on the socket, so that a stop can reach it.
    package init(
        to endpoint: Endpoint, timeout: Duration, stop: EventFlag? = nil, onOpen: (SocketHandle) -> Void
    ) throws(TransportError) {
        let deadline = Deadline(after: timeout)
        let addresses = try NameLookup.run(endpoint, deadline: deadline, stop: stop)
        let descriptor = try ConnectionRace.run(endpoint, at: addresses, deadline: deadline, stop: stop)
        handle = SocketHandle(descriptor)
        socket = SocketWaiter(descriptor: descriptor, peer: endpoint.name)
        self.endpoint = endpoint
        onOpen(handle)
        if endpoint.security == .implicit { try startTLS(deadline) }
    }

    deinit {
        tls?.sendCloseNotify()
        handle.close()
    }

    /// The protocol and cipher in use, such as `TLSv1.3 TLS_AES_256_GCM_SHA384`; `nil` in the clear.
    package private(set) var securityName: String?

    /// Whether TLS is of version 1.3 or later; `false` in the clear.
    package private(set) var isTLS13 = false

    /// What ties an exchange to this TLS session; `nil` in the clear, and where it has none of the type.
    package func channelBinding(_ type: ChannelBindingType) -> [UInt8]? {
        guard tls != nil else { return nil }
        return tls!.channelBinding(type)
    }

    /// Shakes hands on a connection that began in the clear (RFC 2595, section 4). The caller has seen to it that no
    /// byte behind the reply to STLS was read.
    package func startTLS(timeout: Duration) throws(TransportError) { try startTLS(Deadline(after: timeout)) }

    private func startTLS(_ deadline: Deadline) throws(TransportError) {
        let session = try TLSSession.shakeHands(with: endpoint, socket: socket, deadline: deadline)
        securityName = "\(session.protocolName) \(session.cipherName)"
        isTLS13 = session.isTLS13
        tls = consume session
    }

    /// Reads at least one byte, or 0 at the end of the stream.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, deadline: Deadline, phase: TransportError.Phase
    ) throws(TransportError) -> Int {
        if tls != nil { return try tls!.read(into: buffer, socket: socket, deadline: deadline, phase: phase) }
        while true {
            let count = recv(socket.descriptor, buffer.baseAddress!, buffer.count, 0)
            if count >= 0 { return count }
            switch errno {
            case EAGAIN: try socket.wait(for: POLLIN, deadline, phase)
            case EINTR: continue
            default: throw socket.broken(errno)
            }
        }
    }

    /// Writes all of the bytes.
    package func write(_ bytes: UnsafeRawBufferPointer, deadline: Deadline) throws(TransportError) {
        if tls != nil { return try tls!.write(bytes, socket: socket, deadline: deadline) }
        var written = 0
        while written < bytes.count {
            let count = send(
                socket.descriptor, bytes.baseAddress! + written, bytes.count - written, CInt(MSG_NOSIGNAL))
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EAGAIN: try socket.wait(for: POLLOUT, deadline, .write)
            case EINTR: continue
            default: throw socket.broken(errno)
            }
        }
    }
}
