import Glibc

/// A listening socket on the loopback interface whose queue is full: what connects to it waits for ever.
final class FullListener {
    private let listener: CInt
    private var waiting: [CInt] = []
    let port: UInt16

    /// - Parameter port: 0 is any.
    init?(isIPv6: Bool, port: UInt16 = 0) {
        let listener = Self.socket(isIPv6)
        self.listener = listener
        var bound = Self.address(isIPv6, port)
        guard Self.call(bind, listener, &bound) == 0, listen(listener, 0) == 0 else { return nil }
        self.port = Self.port(of: listener)
        var address = Self.address(isIPv6, self.port)
        for _ in 0..<8 {
            let descriptor = Self.socket(isIPv6)
            _ = Self.call(connect, descriptor, &address)
            waiting.append(descriptor)
        }
        usleep(50_000)
    }

    deinit { for descriptor in waiting + [listener] { close(descriptor) } }

    private static func socket(_ isIPv6: Bool) -> CInt {
        Glibc.socket(isIPv6 ? AF_INET6 : AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    }

    /// The port of `sockaddr_in` and of `sockaddr_in6` stands at the same place.
    private static func address(_ isIPv6: Bool, _ port: UInt16) -> sockaddr_in6 {
        var address = sockaddr_in6()
        if isIPv6 {
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
        } else {
            address.sin6_family = sa_family_t(AF_INET)
            withUnsafeMutableBytes(of: &address) {
                $0.storeBytes(of: in_addr_t(0x7F00_0001).bigEndian, toByteOffset: 4, as: in_addr_t.self)
            }
        }
        address.sin6_port = port.bigEndian
        return address
    }

    private static func port(of descriptor: CInt) -> UInt16 {
        var bound = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        withUnsafeMutableBytes(of: &bound) {
            _ = getsockname(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return UInt16(bigEndian: bound.sin6_port)
    }

    private static func call(
        _ function: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt, _ descriptor: CInt,
        _ address: inout sockaddr_in6
    ) -> CInt {
        let isIPv6 = address.sin6_family == sa_family_t(AF_INET6)
        let length = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        return withUnsafeBytes(of: &address) {
            function(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
        }
    }
}
