import Glibc
package import Platform

/// An open byte stream to a server, used by one thread; `handle` may cut it off from any other.
package final class Connection {
    package let handle: SocketHandle
    private let endpoint: Endpoint
    private let socket: SocketWaiter
    private let tunnel: CommandTunnel?
    private var tls: TLSSession?
    private var hasRead = false

    /// How TLS comes into it: the endpoint's word, or what the SRV records of its domain tell.
    package let security: Endpoint.Security

    /// Connects, and shakes hands where TLS is implicit.
    /// - Parameters:
    ///   - timeout: for the look-up of the name, the dialogue with a proxy, and both of these together.
    ///   - proxyPassword: for a proxy with a user; lent for the time of the call.
    ///   - stop: ends the look-up and the connecting once it is raised; what comes later is cut off by the handle.
    ///   - onOpen: gets the handle before any waiting on the socket, so that a stop can reach it.
    package convenience init(
        to endpoint: Endpoint, timeout: Duration, proxyPassword: UnsafeRawBufferPointer? = nil,
        stop: EventFlag? = nil, onOpen: (SocketHandle) -> Void
    ) throws(TransportError) {
        let deadline = Deadline(after: timeout)
        let route = try OpenRoute(to: endpoint, proxyPassword: proxyPassword, deadline: deadline, stop: stop)
        try self.init(over: route, to: endpoint, deadline, onOpen: onOpen)
    }

    /// Over a route that is open already; it is owned by the connection from here on.
    init(
        over route: OpenRoute, to endpoint: Endpoint, _ deadline: Deadline, onOpen: (SocketHandle) -> Void
    ) throws(TransportError) {
        handle = SocketHandle(route.descriptor)
        socket = SocketWaiter(descriptor: route.descriptor, peer: endpoint.name)
        (tunnel, security) = (route.tunnel, route.security)
        self.endpoint = endpoint
        onOpen(handle)
        if security == .implicit { try startTLS(deadline) }
    }

    deinit {
        tls?.sendCloseNotify()
        handle.close()
        tunnel?.end()
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

    /// The server's certificates, its own first; none in the clear.
    package var chain: [PeerCertificate] {
        guard tls != nil else { return [] }
        return tls!.chain()
    }

    /// Shakes hands on a connection that began in the clear (RFC 2595, section 4). The caller has seen to it that no
    /// byte behind the reply to STLS was read.
    package func startTLS(timeout: Duration) throws(TransportError) { try startTLS(Deadline(after: timeout)) }

    private func startTLS(_ deadline: Deadline) throws(TransportError) {
        let session: TLSSession
        do throws(TransportError) {
            session = try TLSSession.shakeHands(with: endpoint, socket: socket, deadline: deadline)
        } catch { throw explained(error) }
        securityName = "\(session.protocolName) \(session.cipherName)"
        isTLS13 = session.isTLS13
        tls = consume session
    }

    /// Reads at least one byte, or 0 at the end of the stream.
    package func read(
        into buffer: UnsafeMutableRawBufferPointer, deadline: Deadline, phase: TransportError.Phase
    ) throws(TransportError) -> Int {
        do throws(TransportError) {
            let count = try readStream(into: buffer, deadline, phase)
            if count > 0 { hasRead = true } else if let failure = tunnelFailure() { throw failure }
            return count
        } catch { throw explained(error) }
    }

    private func readStream(
        into buffer: UnsafeMutableRawBufferPointer, _ deadline: Deadline, _ phase: TransportError.Phase
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

    // MARK: - Tunnels

    /// Where a stream broke because the command that carries it has ended, that is the reason to tell.
    private func explained(_ error: TransportError) -> TransportError {
        guard error.code == .closed || error.code == .handshake else { return error }
        return tunnelFailure() ?? error
    }

    /// Why the tunnel's command has ended, or `nil` where it has not, or did so as it should.
    private func tunnelFailure() -> TransportError? {
        guard let ending = tunnel?.ending(within: .seconds(1)), ending.exitStatus != 0 || !hasRead else { return nil }
        return TransportError(ending, endpoint.name)
    }
}
