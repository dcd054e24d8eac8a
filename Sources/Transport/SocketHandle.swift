import Glibc
import Platform

/// A connection's socket, shared with whoever may have to cut it off from another thread.
package final class SocketHandle: Sendable {
    private let descriptor: Lock<CInt?>
    /// The descriptor, for the connection's own thread, which is also the one that closes it.
    let number: CInt

    init(_ descriptor: CInt) {
        number = descriptor
        self.descriptor = Lock(descriptor)
    }

    /// Ends the connection at once: whoever waits on it wakes up and sees its end. Safe from any thread, at any time.
    package func cutOff() {
        descriptor.withLock { if let open = $0 { _ = shutdown(open, CInt(SHUT_RDWR)) } }
    }

    func close() {
        descriptor.withLock {
            if let open = $0 { _ = Glibc.close(open) }
            $0 = nil
        }
    }
}
