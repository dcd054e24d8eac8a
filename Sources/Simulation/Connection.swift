import COpenSSL
import Glibc

/// One client's socket, in clear or under TLS. Used by its session's thread only; another thread wakes it by
/// `shutdown(2)` on the descriptor.
final class Connection {
    /// TCP's "peer closed its side" for poll(2).
    private static let hangUp: Int16 = 0x2000

    let descriptor: Int32
    private var tls: OpaquePointer?
    private(set) var sentByteCount: Int64 = 0

    /// Owns the descriptor from here on.
    /// - Parameter idleLimitSeconds: reads end in an error when so long nothing came.
    init(descriptor: Int32, idleLimitSeconds: Double? = nil) {
        self.descriptor = descriptor
        if let seconds = idleLimitSeconds {
            var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(seconds * 1e6) % 1_000_000)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit {
        if let tls { SSL_free(tls) }
        close(descriptor)
    }

    var isSecure: Bool { tls != nil }

    func startTLS(_ context: ServerTLSContext) throws(SessionEnd) {
        guard let tls = context.makeTLS(descriptor) else { throw .closed(.rst) }
        self.tls = tls
        guard SSL_accept(tls) == 1 else {
            ERR_clear_error()
            throw .closed(.fin)
        }
    }

    /// Reads at least one byte.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(SessionEnd) -> Int {
        while true {
            let count: Int
            if let tls {
                ERR_clear_error()
                count = Int(SSL_read(tls, buffer.baseAddress, Int32(buffer.count)))
                if count <= 0 { ERR_clear_error() }
            } else {
                count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count < 0, errno == EINTR { continue }
            }
            guard count > 0 else { throw .peerGone }
            return count
        }
    }

    /// Writes all of it.
    func write(_ buffer: UnsafeRawBufferPointer) throws(SessionEnd) {
        var rest = buffer
        while !rest.isEmpty {
            let count: Int
            if let tls {
                ERR_clear_error()
                count = Int(SSL_write(tls, rest.baseAddress, Int32(min(rest.count, 1 << 30))))
                if count <= 0 { ERR_clear_error() }
            } else {
                count = send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
            }
            guard count > 0 else { throw .peerGone }
            sentByteCount += Int64(count)
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Waits without reading; nil is for ever. Ends early, by throwing, when the peer goes or the server stops.
    func wait(seconds: Double?) throws(SessionEnd) {
        let deadline = seconds.map { Self.now() + $0 }
        while true {
            var entry = pollfd(fd: descriptor, events: Self.hangUp, revents: 0)
            let left = deadline.map { max(0, $0 - Self.now()) }
            let status = poll(&entry, 1, left.map { Int32(min($0, 1e6) * 1000) + 1 } ?? -1)
            if status > 0 { throw .peerGone }
            if status == 0, left.map({ $0 < 0.001 }) ?? false { return }
        }
    }

    /// Bytes in clear that have come but were not read, thrown away: what a broken server loses.
    func discardArrived() {
        var waste = [UInt8](repeating: 0, count: 4096)
        if let tls {
            while SSL_pending(tls) > 0, SSL_read(tls, &waste, Int32(waste.count)) > 0 {}
        } else {
            while recv(descriptor, &waste, waste.count, Int32(MSG_DONTWAIT)) > 0 {}
        }
    }

    /// Tells the peer that it is over. The descriptor stays open until the connection is released.
    func end(_ ending: ConnectionEnding) {
        if ending == .rst {
            var option = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            return
        }
        if ending == .tlsCloseNotify, let tls { _ = SSL_shutdown(tls) }
        ERR_clear_error()
        shutdown(descriptor, Int32(SHUT_WR))
        // Unread input would turn the FIN into an RST: take what comes until the peer closes too.
        var waste = [UInt8](repeating: 0, count: 4096)
        let deadline = Self.now() + 2
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, Int32(max(0, deadline - Self.now()) * 1000)) > 0,
                recv(descriptor, &waste, waste.count, 0) > 0
            else { return }
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
