import Glibc

/// A socket address of a host.
struct Address {
    let family: CInt
    private let bytes: [UInt8]

    init(_ info: addrinfo) {
        family = info.ai_family
        bytes = Array(UnsafeRawBufferPointer(start: info.ai_addr, count: Int(info.ai_addrlen)))
    }

    func connect(_ descriptor: CInt) -> CInt {
        bytes.withUnsafeBytes {
            Glibc.connect(
                descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    /// Gives a socket this address for its own end, on a free port.
    /// - Returns: 0, or -1 with `errno`.
    func bind(_ descriptor: CInt) -> CInt {
        // The port is chosen when it connects: the same one may then serve for several servers.
        var on: CInt = 1
        setsockopt(descriptor, CInt(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &on, socklen_t(MemoryLayout<CInt>.size))
        return bytes.withUnsafeBytes {
            Glibc.bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    /// The address that a host given in digits stands for; `nil` for a name.
    static func numeric(_ destination: Destination) -> Address? {
        numeric(destination.host, destination.port, destination.family)
    }

    static func numeric(_ host: String, _ port: UInt16, _ family: Endpoint.Route.Family = .any) -> Address? {
        var hints = addrinfo()
        hints.ai_family = family.number
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let info = list else { return nil }
        defer { freeaddrinfo(list) }
        return Address(info.pointee)
    }

    /// All addresses of a destination, families in turn, as RFC 8305, section 4 wants them tried.
    static func lookUp(_ destination: Destination) throws(TransportError) -> [Address] {
        var hints = addrinfo()
        hints.ai_family = destination.family.number
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        var status = getaddrinfo(destination.host, String(destination.port), &hints, &list)
        if status == EAI_NONAME || status == EAI_ADDRFAMILY_LINUX {
            // AI_ADDRCONFIG leaves out loopback on machines that have nothing else.
            hints.ai_flags = AI_NUMERICSERV
            status = getaddrinfo(destination.host, String(destination.port), &hints, &list)
        }
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            throw status == EAI_AGAIN ? destination.nameServiceFailed(reason) : destination.notFound(reason)
        }
        defer { freeaddrinfo(list) }
        var addresses: [Address] = []
        var next = list
        while let info = next {
            addresses.append(Address(info.pointee))
            next = info.pointee.ai_next
        }
        return alternating(addresses)
    }

    private static func alternating(_ addresses: [Address]) -> [Address] {
        guard let first = addresses.first else { return [] }
        var preferred = addresses.filter { $0.family == first.family }[...]
        var others = addresses.filter { $0.family != first.family }[...]
        var result: [Address] = []
        while !preferred.isEmpty || !others.isEmpty {
            if let address = preferred.popFirst() { result.append(address) }
            if let address = others.popFirst() { result.append(address) }
        }
        return result
    }
}

extension Endpoint.Route.Family {
    /// As getaddrinfo(3) takes it.
    var number: CInt {
        switch self {
        case .any: AF_UNSPEC
        case .ipv4: AF_INET
        case .ipv6: AF_INET6
        }
    }
}

/// From Linux's <linux/in.h>, which Swift does not show.
private let IP_BIND_ADDRESS_NO_PORT: CInt = 24

/// glibc's EAI_ADDRFAMILY, which its headers show only to GNU sources.
private let EAI_ADDRFAMILY_LINUX: CInt = -9
