import Glibc
import Platform

/// Tries the addresses of a host a quarter of a second apart and keeps the first that answers (RFC 8305, section 5).
enum ConnectionRace {
    private static let staggerMilliseconds: CInt = 250

    /// A connected, non-blocking socket to one of the destination's addresses.
    static func run(
        _ destination: Destination, at addresses: [Address], deadline: Deadline, stop: EventFlag? = nil
    ) throws(TransportError) -> CInt {
        var waiting = addresses[...]
        var racing: [pollfd] = []
        defer { for entrant in racing { close(entrant.fd) } }
        var lastError: CInt = ECONNREFUSED
        while true {
            if let address = waiting.popFirst() {
                let descriptor = socket(
                    address.family, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
                if descriptor < 0 {
                    lastError = errno
                    continue
                }
                if let source = destination.source, source.bind(descriptor) != 0 {
                    let number = errno
                    close(descriptor)
                    throw destination.cannotBind(number)
                }
                if address.connect(descriptor) == 0 { return tuned(descriptor) }
                if errno == EINPROGRESS {
                    racing.append(pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0))
                } else {
                    lastError = errno
                    close(descriptor)
                    continue
                }
            }
            if racing.isEmpty && waiting.isEmpty { throw destination.cannotConnect(lastError) }
            if deadline.hasPassed { throw destination.timedOut() }
            let left = deadline.pollMilliseconds
            let patience = waiting.isEmpty ? left : min(left, staggerMilliseconds)
            if stop?.isRaised == true { throw .stopped(destination.peer) }
            guard poll(&racing, stop, patience) else { continue }
            if let winner = takeWinner(&racing, &lastError) { return tuned(winner) }
        }
    }

    /// Waits until a socket has news or the flag is raised; `false` when neither came.
    private static func poll(_ racing: inout [pollfd], _ stop: EventFlag?, _ milliseconds: CInt) -> Bool {
        guard let stop else { return Glibc.poll(&racing, nfds_t(racing.count), milliseconds) > 0 }
        racing.append(pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0))
        defer { racing.removeLast() }
        return Glibc.poll(&racing, nfds_t(racing.count), milliseconds) > 0
    }

    /// The first socket that is connected; those that failed are closed and leave the race.
    private static func takeWinner(_ racing: inout [pollfd], _ lastError: inout CInt) -> CInt? {
        for index in racing.indices.reversed() where racing[index].revents != 0 {
            let descriptor = racing.remove(at: index).fd
            var status: CInt = 0
            var length = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &status, &length)
            if status == 0 { return descriptor }
            lastError = status
            close(descriptor)
        }
        return nil
    }

    private static func tuned(_ descriptor: CInt) -> CInt {
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
        return descriptor
    }
}
