import Glibc
import Platform

/// Waiting on a non-blocking socket, and what its errors mean.
struct SocketWaiter {
    let descriptor: CInt
    let peer: String

    /// Blocks until the socket is ready for `event` (`POLLIN`, `POLLOUT`).
    func wait(
        for event: CInt, _ deadline: Deadline, _ phase: TransportError.Phase
    ) throws(TransportError) {
        var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        while true {
            let status = poll(&waiting, 1, deadline.pollMilliseconds)
            if status > 0 { return }
            if status < 0, errno != EINTR { throw broken(errno) }
            if deadline.hasPassed {
                throw TransportError(
                    .timedOut(phase), peer, "nothing came while waiting for \(phase.rawValue)\(Self.remedy(phase))")
            }
        }
    }

    func broken(_ errorNumber: CInt) -> TransportError {
        let reason = String(cString: strerror(errorNumber))
        return TransportError(.closed, peer, "the connection broke (\(reason)): run again to go on where it stopped")
    }

    private static func remedy(_ phase: TransportError.Phase) -> String {
        switch phase {
        case .connect, .handshake: "; `connect-timeout` bounds the wait"
        case .greeting, .reply, .write: "; `reply-timeout` bounds the wait"
        case .login, .quit: "; `login-timeout` bounds the wait: large mailboxes may need more"
        case .body: "; `stall-timeout` bounds the wait"
        }
    }
}
