import Glibc
import Platform

/// Carries out a negotiation with a proxy on a connected, non-blocking socket.
struct ProxyDialogue {
    let descriptor: CInt
    let proxy: Destination
    let deadline: Deadline
    let stop: EventFlag?

    /// Returns when the way to the server is open, with none of the server's bytes taken.
    func run(_ negotiation: consuming some ProxyNegotiation) throws(TransportError) {
        var output: [UInt8] = []
        // No growing, which would leave copies of a password behind.
        output.reserveCapacity(4096)
        defer { ProxyLogin.wipe(&output) }
        var chunk = [UInt8](repeating: 0, count: 2048)
        do throws(ProxyRefusal) { try negotiation.begin(&output) } catch { throw explained(error) }
        while true {
            try send(&output)
            let count = try peek(&chunk)
            let progress: ProxyProgress
            do throws(ProxyRefusal) {
                progress = try Self.feed(&negotiation, chunk, count, &output)
            } catch { throw explained(error) }
            // What is behind the answer stays in the socket.
            recv(descriptor, &chunk, progress.byteCount, 0)
            if progress.isOpen { return }
        }
    }

    private static func feed(
        _ negotiation: inout some ProxyNegotiation, _ chunk: [UInt8], _ count: Int, _ output: inout [UInt8]
    ) throws(ProxyRefusal) -> ProxyProgress {
        let result = chunk.withUnsafeBytes { bytes in
            Result { () throws(ProxyRefusal) in
                try negotiation.receive(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)), &output)
            }
        }
        return try result.get()
    }

    /// The bytes that have come, at least one, left where they are.
    private func peek(_ chunk: inout [UInt8]) throws(TransportError) -> Int {
        while true {
            if deadline.hasPassed { throw timedOut() }
            let count = recv(descriptor, &chunk, chunk.count, CInt(MSG_PEEK))
            if count > 0 { return count }
            if count == 0 { throw proxy.error(.closed, "it closed the connection instead of answering: is it busy?") }
            try waitAfterError(for: POLLIN)
        }
    }

    private func send(_ output: inout [UInt8]) throws(TransportError) {
        var sent = 0
        while sent < output.count {
            let count = output.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, CInt(MSG_NOSIGNAL))
            }
            if count < 0 { try waitAfterError(for: POLLOUT) } else { sent += count }
        }
        ProxyLogin.wipe(&output)
        output.removeAll(keepingCapacity: true)
    }

    /// Waits where the socket was not ready; anything else ends the connection.
    private func waitAfterError(for event: CInt) throws(TransportError) {
        let number = errno
        if number == EINTR { return }
        guard number == EAGAIN else {
            throw proxy.error(.closed, "the connection broke (\(String(cString: strerror(number)))): run again")
        }
        switch EventFlag.wait(for: descriptor, event, or: stop, until: deadline) {
        case .ready: return
        case .raised: throw .stopped(proxy.peer)
        case .timedOut: throw timedOut()
        }
    }

    private func timedOut() -> TransportError {
        proxy.error(.timedOut(.connect), "it does not answer in time; `connect-timeout` bounds the wait")
    }

    private func explained(_ refusal: ProxyRefusal) -> TransportError {
        proxy.error(refusal.isTemporary ? .connectFailed : .badRoute, refusal.message)
    }
}
