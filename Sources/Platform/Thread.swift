import CLinux
import Glibc

/// A thread of our own, for work that blocks and so must not run on Swift's cooperative pool.
package final class Thread: Sendable {
    private let finished: Monitor<Bool>

    /// Starts `body` on a new thread named `name` (at most 15 bytes are kept).
    package init(name: String, stackByteCount: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) {
        let finished = Monitor(false)
        self.finished = finished
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, stackByteCount)
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        let start = Unmanaged.passRetained(
            Start {
                pthread_setname_np(pthread_self(), String(name.prefix(15)))
                body()
                finished.update { $0 = true }
            })
        var identifier = pthread_t()
        let status = pthread_create(
            &identifier, &attributes,
            { argument in
                Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        precondition(status == 0, "cannot start a thread: \(String(cString: strerror(status)))")
    }

    /// Blocks until the body has returned.
    package func join() { finished.wait { $0 ? () : nil } }

    private final class Start {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
