import Platform
import Synchronization
import Transport

/// The wish to end the job early, and the sockets that may have to be cut off for it.
package final class StopControl: Sendable {
    /// How long sessions may take to finish what is under way.
    private static let grace: Duration = .seconds(10)

    private let requested = Atomic<Bool>(false)
    private let handles = Mutex<[ObjectIdentifier: SocketHandle]>([:])

    package init() {}

    package var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Asks all sessions to end after the message they are at; those that wait for a server too long are cut off.
    package func request() {
        guard !requested.exchange(true, ordering: .acquiringAndReleasing) else { return }
        _ = Thread(name: "stop", stackByteCount: 256 << 10) { [self] in
            let deadline = Deadline(after: Self.grace)
            while !deadline.hasPassed { Process.sleep(milliseconds: 100) }
            handles.withLock { for handle in $0.values { handle.cutOff() } }
        }
    }

    /// Takes a socket that was just opened; after a request there is nothing under way on it, and it goes at once.
    func add(_ handle: SocketHandle) {
        handles.withLock { $0[ObjectIdentifier(handle)] = handle }
        if isRequested { handle.cutOff() }
    }

    func remove(_ handle: SocketHandle) { handles.withLock { $0[ObjectIdentifier(handle)] = nil } }
}
