import Glibc

/// One client of a gateway. A client that breaks the rules is dropped.
struct GatewaySession {
    private let client: Int32
    private let onRequest: (String) -> Void

    init(_ client: Int32, onRequest: @escaping (String) -> Void) {
        self.client = client
        self.onRequest = onRequest
    }

    func run(_ kind: SimulatedGateway.Kind) {
        switch kind {
        case .socks5(let login): serveSOCKS5(login)
        case .http(let login): serveHTTP(login)
        case .unixSocket(_, let port): connect(to: port).map(relay)
        case .script(let pieces, let closes):
            for piece in pieces {
                guard !receiveSome().isEmpty else { return }
                send(piece)
            }
            if !closes { while !receiveSome().isEmpty {} }
        }
    }

    // MARK: - SOCKS5

    private func serveSOCKS5(_ login: SimulatedGateway.Login?) {
        guard let head = receive(2), head[0] == 5, let methods = receive(Int(head[1])) else { return }
        let wanted: UInt8 = login == nil ? 0 : 2
        guard methods.contains(wanted) else { return send([5, 0xFF]) }
        send([5, wanted])
        if let login {
            guard let version = receive(2), let user = receive(Int(version[1])), let length = receive(1),
                let password = receive(Int(length[0]))
            else { return }
            let isRight = user == Array(login.user.utf8) && password == Array(login.password.utf8)
            send([1, isRight ? 0 : 1])
            if !isRight { return }
        }
        guard let request = receive(4), request[0] == 5, request[1] == 1, let host = receiveHost(request[3]),
            let number = receive(2)
        else { return }
        let port = UInt16(number[0]) << 8 | UInt16(number[1])
        onRequest("\(host):\(port)")
        guard let server = connect(to: port) else { return send([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]) }
        send([5, 0, 0, 1, 127, 0, 0, 1] + number)
        relay(server)
    }

    private func receiveHost(_ kind: UInt8) -> String? {
        switch kind {
        case 1: return receive(4).map { $0.map(String.init).joined(separator: ".") }
        case 3: return receive(1).flatMap { receive(Int($0[0])) }.map { String(decoding: $0, as: UTF8.self) }
        case 4: return receive(16).map { _ in "[an IPv6 address]" }
        default: return nil
        }
    }

    // MARK: - CONNECT

    private func serveHTTP(_ login: SimulatedGateway.Login?) {
        var header: [UInt8] = []
        while !header.suffix(4).elementsEqual([13, 10, 13, 10]) {
            guard header.count < 8192, let byte = receive(1) else { return }
            header += byte
        }
        let lines = String(decoding: header, as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT", lines.dropFirst().contains("Host: \(words[1])"),
            let port = words[1].split(separator: ":").last.flatMap({ UInt16($0) })
        else { return sendHTTP("400 Bad Request") }
        if let login {
            let pair = Base64.encoded(Array("\(login.user):\(login.password)".utf8))
            guard lines.contains("Proxy-Authorization: Basic \(pair)") else {
                return sendHTTP("407 Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"test\"\r\n")
            }
        }
        onRequest(String(words[1]))
        guard let server = connect(to: port) else { return sendHTTP("502 Bad Gateway") }
        sendHTTP("200 Connection established")
        relay(server)
    }

    private func sendHTTP(_ status: String, _ fields: String = "") {
        send(Array("HTTP/1.1 \(status)\r\n\(fields)Via: test\r\n\r\n".utf8))
    }

    // MARK: - Bytes

    /// What one read gives; empty at the end of the stream.
    private func receiveSome() -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 4096)
        let count = recv(client, &chunk, chunk.count, 0)
        return Array(chunk.prefix(max(0, count)))
    }

    /// So many bytes, or `nil` when the stream ends before.
    private func receive(_ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: max(1, count))
        guard count == 0 || recv(client, &bytes, count, Int32(MSG_WAITALL)) == count else { return nil }
        return Array(bytes.prefix(count))
    }

    private func send(_ bytes: [UInt8]) { _ = Self.send(client, bytes, bytes.count) }

    private static func send(_ descriptor: Int32, _ bytes: [UInt8], _ count: Int) -> Bool {
        var sent = 0
        while sent < count {
            let step = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
            }
            guard step > 0 else { return false }
            sent += step
        }
        return true
    }

    private func connect(to port: UInt16) -> Int32? {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let status = withUnsafeBytes(of: &address) {
            Glibc.connect(server, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        if status == 0 { return server }
        close(server)
        return nil
    }

    /// Carries bytes both ways until one side ends, and closes the server's.
    private func relay(_ server: Int32) {
        defer { close(server) }
        var waiting = [client, server].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while poll(&waiting, 2, -1) > 0 || errno == EINTR {
            for (one, other) in [(0, 1), (1, 0)] where waiting[one].revents != 0 {
                let count = recv(waiting[one].fd, &chunk, chunk.count, 0)
                guard count > 0, Self.send(waiting[other].fd, chunk, count) else { return }
            }
        }
    }
}

/// RFC 4648, section 4.
private enum Base64 {
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 {
                text.append(index <= group.count ? letters[bits >> (18 - 6 * index) & 63] : "=")
            }
        }
        return text
    }
}
