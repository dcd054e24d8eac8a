import Platform
import Synchronization
import Transport

/// The wish to end the job early, and the sockets that may have to be cut off for it.
package final class StopControl: Sendable {
    /// How long sessions may take to finish what is under way.
    private static let grace: Duration = .seconds(10)

    private struct Socket {
        let handle: SocketHandle
        /// Whether mail may be on its way: it gets the time of grace.
        var isUnderWay = false
    }

    /// For waits that have no socket yet: look-ups, connecting, password commands.
    let flag: EventFlag
    private let requested = Atomic<Bool>(false)
    private let sockets = Lock<[ObjectIdentifier: Socket]>([:])

    package init() {
        do { flag = try EventFlag() } catch { preconditionFailure("\(error)") }
    }

    package var isRequested: Bool { requested.load(ordering: .acquiring) }

    /// Asks all sessions to end: those that are not logged in yet at once, the others after the messages under way, or
    /// cut off when they wait for a server too long.
    package func request() {
        guard !requested.exchange(true, ordering: .acquiringAndReleasing) else { return }
        flag.raise()
        sockets.withLock { for socket in $0.values where !socket.isUnderWay { socket.handle.cutOff() } }
        _ = Thread(name: "stop", stackByteCount: 256 << 10) { [self] in
            Process.sleep(milliseconds: Int(Self.grace.inSeconds * 1000))
            sockets.withLock { for socket in $0.values { socket.handle.cutOff() } }
        }
    }

    /// Takes a socket that was just opened.
    func add(_ handle: SocketHandle) {
        sockets.withLock { $0[ObjectIdentifier(handle)] = Socket(handle: handle) }
        if isRequested { handle.cutOff() }
    }

    /// From now on mail may be on its way.
    func begin(_ handle: SocketHandle) { sockets.withLock { $0[ObjectIdentifier(handle)]?.isUnderWay = true } }

    func remove(_ handle: SocketHandle) { sockets.withLock { $0[ObjectIdentifier(handle)] = nil } }
}
