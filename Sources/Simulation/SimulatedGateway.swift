import Glibc
import Platform

/// What stands between a client and a simulated server: a proxy, or a Unix socket. It serves from `init` until `stop` or
/// `deinit`. Whatever host a client asks a proxy for, it gets the loopback interface: no name is looked up.
package final class SimulatedGateway: Sendable {
    /// The user and the password that a proxy wants.
    package typealias Login = (user: String, password: String)

    package enum Kind: Sendable {
        /// RFC 1928 and RFC 1929, on 127.0.0.1.
        case socks5(Login?)
        /// CONNECT of RFC 9110, section 9.3.6, on 127.0.0.1.
        case http(Login?)
        /// Leads from a Unix socket at this path to a port of 127.0.0.1.
        case unixSocket(path: String, port: UInt16)
        /// Sends one piece after each that comes, on 127.0.0.1; then closes, or says nothing more.
        case script([[UInt8]], closes: Bool)
    }

    private let kind: Kind
    private let listener: ListeningSocket
    private let shared = Lock(Shared())

    private struct Shared {
        var isStopped = false
        var acceptThread: ServerThread?
        var descriptors: Set<Int32> = []
        var threads: [ServerThread] = []
        var requests: [String] = []
    }

    package init(_ kind: Kind) throws(SimulationError) {
        self.kind = kind
        if case .unixSocket(let path, _) = kind {
            listener = try ListeningSocket(path: path)
        } else {
            listener = try ListeningSocket(.ipv4)
        }
        let (listener, shared) = (listener, shared)
        let thread = ServerThread(name: "gateway") {
            while let descriptor = listener.accept() { Self.admit(descriptor, kind, shared) }
        }
        guard let thread else { throw .system("pthread_create") }
        shared.withLock { $0.acceptThread = thread }
    }

    deinit { stop() }

    package var port: UInt16 { listener.port }

    /// What the clients asked for, `host:port` each.
    package var requests: [String] { shared.withLock { $0.requests } }

    /// Closes every connection and joins every thread. Further calls do nothing.
    package func stop() {
        let acceptThread = shared.withLock { shared in
            shared.isStopped = true
            for descriptor in shared.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
            defer { shared.acceptThread = nil }
            return shared.acceptThread
        }
        guard let acceptThread else { return }
        listener.wake()
        acceptThread.join()
        listener.release()
        let threads = shared.withLock { shared in
            for descriptor in shared.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return shared.threads
        }
        for thread in threads { thread.join() }
    }

    private static func admit(_ descriptor: Int32, _ kind: Kind, _ shared: Lock<Shared>) {
        guard shared.withLock({ $0.isStopped ? false : $0.descriptors.insert(descriptor).inserted }) else {
            close(descriptor)
            return
        }
        let thread = ServerThread(name: "gateway") {
            let session = GatewaySession(descriptor) { request in shared.withLock { $0.requests.append(request) } }
            session.run(kind)
            shared.withLock { _ = $0.descriptors.remove(descriptor) }
            close(descriptor)
        }
        if let thread { shared.withLock { $0.threads.append(thread) } }
    }
}
