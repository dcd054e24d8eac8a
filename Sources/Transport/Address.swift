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

    /// The address that a host given in digits stands for; `nil` for a name.
    static func numeric(_ endpoint: Endpoint) -> Address? {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list) == 0, let info = list else { return nil }
        defer { freeaddrinfo(list) }
        return Address(info.pointee)
    }

    /// All addresses of an endpoint, families in turn, as RFC 8305, section 4 wants them tried.
    static func lookUp(_ endpoint: Endpoint) throws(TransportError) -> [Address] {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        var status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
        if status == EAI_NONAME || status == EAI_ADDRFAMILY_LINUX {
            // AI_ADDRCONFIG leaves out loopback on machines that have nothing else.
            hints.ai_flags = AI_NUMERICSERV
            status = getaddrinfo(endpoint.host, String(endpoint.port), &hints, &list)
        }
        guard status == 0 else {
            let reason = String(cString: gai_strerror(status))
            if status == EAI_AGAIN {
                throw TransportError(
                    .nameServiceFailed, endpoint.name, "the name service does not answer (\(reason)): try again later")
            }
            throw TransportError(
                .nameNotFound, endpoint.name, "no such host (\(reason)): check `host` in the manifest")
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

/// glibc's EAI_ADDRFAMILY, which its headers show only to GNU sources.
private let EAI_ADDRFAMILY_LINUX: CInt = -9
