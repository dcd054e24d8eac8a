import Glibc
import Platform

/// Connects to a Unix socket.
enum UnixSocket {
    /// A connected, non-blocking socket.
    static func connect(
        _ path: String, for endpoint: Endpoint, deadline: Deadline, stop: EventFlag?
    ) throws(TransportError) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isTooLong = withUnsafeMutableBytes(of: &address.sun_path) { room in
            guard path.utf8.count < room.count else { return true }
            room.copyBytes(from: path.utf8)
            return false
        }
        guard !isTooLong else {
            throw TransportError(.badRoute, endpoint.name, "the path of `socket` is too long: \(path)")
        }
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw failure(path, endpoint, errno) }
        while true {
            if stop?.isRaised == true {
                close(descriptor)
                throw .stopped(endpoint.name)
            }
            let status = withUnsafeBytes(of: &address) {
                Glibc.connect(
                    descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
            if status == 0 { return descriptor }
            let number = errno
            // The queue of the listener is full, and nothing tells when it has room.
            if number == EAGAIN || number == EINTR, !deadline.hasPassed {
                Process.sleep(milliseconds: 10)
                continue
            }
            close(descriptor)
            guard number != EAGAIN else {
                throw TransportError(
                    .timedOut(.connect), endpoint.name,
                    "the server at the `socket` \(path) is too busy; `connect-timeout` bounds the wait")
            }
            throw failure(path, endpoint, number)
        }
    }

    private static func failure(_ path: String, _ endpoint: Endpoint, _ errorNumber: CInt) -> TransportError {
        let reason = String(cString: strerror(errorNumber))
        return TransportError(
            .connectFailed, endpoint.name,
            "cannot connect to the `socket` \(path) (\(reason)): is the server running, and is the path right?")
    }
}
