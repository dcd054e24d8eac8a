import Glibc
import Platform

/// A listening socket: TCP on a free port of the loopback interface, or a Unix socket.
final class ListeningSocket: Sendable {
    private let descriptor: Int32
    private let isClosed = Lock(false)
    /// 0 for a Unix socket.
    let port: UInt16

    /// A Unix socket at this path, where nothing must be yet.
    init(path: String) throws(SimulationError) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        do throws(SimulationError) {
            try Self.bind(descriptor, &address)
            guard listen(descriptor, 1024) == 0 else { throw .system("listen") }
        } catch {
            close(descriptor)
            throw error
        }
        (self.descriptor, port) = (descriptor, 0)
    }

    init(_ address: SimulatedAddress) throws(SimulationError) {
        (descriptor, port) = try Self.open(address)
    }

    deinit { release() }

    /// Frees the port, once nobody waits in `accept` any more. Further calls do nothing.
    func release() {
        isClosed.withLock { isClosed in
            if !isClosed { close(descriptor) }
            isClosed = true
        }
    }

    /// The next connection's descriptor; nil after `wake`.
    func accept() -> Int32? {
        while true {
            let accepted = Glibc.accept(descriptor, nil, nil)
            if accepted >= 0 {
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                return accepted
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: usleep(10_000)
            default: return nil
            }
        }
    }

    /// Refuses further connections and ends a waiting `accept`.
    func wake() {
        isClosed.withLock { isClosed in
            if !isClosed { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    private static func open(_ address: SimulatedAddress) throws(SimulationError) -> (Int32, UInt16) {
        let family = address == .ipv4 ? AF_INET : AF_INET6
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw .system("socket") }
        do throws(SimulationError) {
            let port = try address == .ipv4 ? bindIPv4(descriptor) : bindIPv6(descriptor)
            guard listen(descriptor, 1024) == 0 else { throw .system("listen") }
            return (descriptor, port)
        } catch {
            close(descriptor)
            throw error
        }
    }

    static func bindIPv4(_ descriptor: Int32) throws(SimulationError) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        try bind(descriptor, &address)
        return UInt16(bigEndian: address.sin_port)
    }

    private static func bindIPv6(_ descriptor: Int32) throws(SimulationError) -> UInt16 {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        try bind(descriptor, &address)
        return UInt16(bigEndian: address.sin6_port)
    }

    /// Binds and fills in the port that the system chose.
    private static func bind<Address>(_ descriptor: Int32, _ address: inout Address) throws(SimulationError) {
        var length = socklen_t(MemoryLayout<Address>.size)
        let failed: SimulationError? = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard Glibc.bind(descriptor, pointer, length) == 0 else { return .system("bind") }
            guard getsockname(descriptor, pointer, &length) == 0 else { return .system("getsockname") }
            return nil
        }
        if let failed { throw failed }
    }
}
