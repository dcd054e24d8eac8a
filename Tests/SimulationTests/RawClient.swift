import COpenSSL
import Glibc
import Simulation

/// A blocking client that knows no protocol: sends text, reads lines, tells how the stream ended.
final class RawClient {
    enum End: Equatable {
        case fin
        case rst
        case closeNotify
        /// TCP's FIN without TLS's close_notify.
        case truncatedTLS
        case timeout
    }

    private let descriptor: Int32
    private var context: OpaquePointer?
    private var tls: OpaquePointer?
    private var buffer: [UInt8] = []
    private(set) var end: End?
    /// Keeps a server running as long as its client lives.
    private var server: SimulatedServer?

    convenience init(holding server: SimulatedServer, timeoutSeconds: Double = 5) {
        self.init(port: server.port, timeoutSeconds: timeoutSeconds)
        self.server = server
    }

    init(port: UInt16, isIPv6: Bool = false, timeoutSeconds: Double = 5) {
        descriptor = socket(isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var status: Int32
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            address.sin6_port = port.bigEndian
            status = Self.connect(descriptor, &address)
        } else {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = port.bigEndian
            status = Self.connect(descriptor, &address)
        }
        if status != 0 { end = .rst }
        var wait = timeval(tv_sec: Int(timeoutSeconds), tv_usec: Int(timeoutSeconds * 1e6) % 1_000_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        if let tls { SSL_free(tls) }
        if let context { SSL_CTX_free(context) }
        close(descriptor)
    }

    private static func connect<Address>(_ descriptor: Int32, _ address: inout Address) -> Int32 {
        withUnsafeMutableBytes(of: &address) {
            Glibc.connect(
                descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    /// Verifies the server against the authority and the name.
    /// - Returns: X509_V_OK, or why the certificate is refused.
    func startTLS(authority: String, host: String = "localhost") -> Int {
        context = SSL_CTX_new(TLS_client_method())
        let memory = BIO_new(BIO_s_mem())
        BIO_write(memory, Array(authority.utf8), Int32(authority.utf8.count))
        let certificate = PEM_read_bio_X509(memory, nil, nil, nil)
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate)
        X509_free(certificate)
        BIO_free(memory)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        tls = SSL_new(context)
        SSL_set1_host(tls, host)
        SSL_set_fd(tls, descriptor)
        defer { ERR_clear_error() }
        if SSL_connect(tls) == 1 { return Int(X509_V_OK) }
        let result = SSL_get_verify_result(tls)
        return result == Int(X509_V_OK) ? -1 : Int(result)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        if let tls {
            SSL_write(tls, bytes, Int32(bytes.count))
        } else {
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The next line with its end; what is left when the stream ends.
    func line() -> String {
        while true {
            if let newline = buffer.firstIndex(of: 0x0a) {
                defer { buffer.removeSubrange(...newline) }
                return String(decoding: buffer[...newline], as: UTF8.self)
            }
            guard fill() else {
                defer { buffer = [] }
                return String(decoding: buffer, as: UTF8.self)
            }
        }
    }

    /// Sends a command and gives the first line of the answer, without CRLF.
    func ask(_ command: String) -> String {
        send(command + "\r\n")
        return String(line().prefix { !$0.isNewline })
    }

    /// The bytes up to the terminator, without it, unstuffed: done by the book, for comparison.
    func body() -> [UInt8] {
        var whole: [UInt8] = []
        while true {
            while let newline = Self.crlf(in: buffer) {
                var line = buffer[..<newline]
                if line.elementsEqual([0x2e]) {
                    buffer.removeSubrange(..<(newline + 2))
                    return whole
                }
                if line.first == 0x2e { line = line.dropFirst() }
                whole.append(contentsOf: line + [0x0d, 0x0a])
                buffer.removeSubrange(..<(newline + 2))
            }
            guard fill() else { return whole }
        }
    }

    /// The lines of a listing.
    func lines() -> [String] {
        String(decoding: body(), as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    private static func crlf(in bytes: [UInt8]) -> Int? {
        var start = 0
        while let newline = bytes[start...].firstIndex(of: 0x0a) {
            if newline > 0, bytes[newline - 1] == 0x0d { return newline - 1 }
            start = newline + 1
        }
        return nil
    }

    /// Everything until the stream ends, or at least so many bytes.
    func rest(atLeast byteCount: Int = Int.max) -> [UInt8] {
        while buffer.count < byteCount, fill() {}
        defer { buffer = [] }
        return buffer
    }

    func restText() -> String { String(decoding: rest(), as: UTF8.self) }

    private func fill() -> Bool {
        guard end == nil else { return false }
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count: Int
        if let tls {
            ERR_clear_error()
            count = Int(SSL_read(tls, &piece, Int32(piece.count)))
            if count <= 0 { end = endOfTLS(tls, Int32(count)) }
        } else {
            count = recv(descriptor, &piece, piece.count, 0)
            if count <= 0 { end = Self.endOfStream(count) }
        }
        guard count > 0 else { return false }
        buffer.append(contentsOf: piece[..<count])
        return true
    }

    private func endOfTLS(_ tls: OpaquePointer, _ status: Int32) -> End {
        let number = errno
        defer { ERR_clear_error() }
        return switch SSL_get_error(tls, status) {
        case SSL_ERROR_ZERO_RETURN: .closeNotify
        case SSL_ERROR_WANT_READ: .timeout
        case SSL_ERROR_SYSCALL where number == ECONNRESET: .rst
        default: .truncatedTLS
        }
    }

    private static func endOfStream(_ count: Int) -> End {
        if count == 0 { return .fin }
        return errno == EAGAIN ? .timeout : .rst
    }
}

/// Sample maildrops.
enum Sample {
    static let texts = [
        "Subject: one\r\n\r\nHello.\r\n",
        "Subject: two\r\n\r\n.\r\n..\r\n.dot\r\nline\r\n",
        "Subject: three\r\n\r\nno final newline",
    ]

    static let maildrop = SimulatedMaildrop(
        password: "secret word",
        messages: texts.enumerated().map { SimulatedMessage(uniqueID: "id\($0.offset + 1)", text: $0.element) })

    static func server(
        _ script: FaultScript = .none, transport: SimulatedTransport = .plain
    ) throws -> SimulatedServer {
        try SimulatedServer(maildrops: ["ann": maildrop], script: script, transport: transport)
    }

    /// A client past its greeting.
    static func greeted(_ server: SimulatedServer, timeoutSeconds: Double = 5) -> RawClient {
        let client = RawClient(holding: server, timeoutSeconds: timeoutSeconds)
        _ = client.line()
        return client
    }

    /// A client logged in.
    static func loggedIn(_ server: SimulatedServer, timeoutSeconds: Double = 5) -> RawClient {
        let client = greeted(server, timeoutSeconds: timeoutSeconds)
        _ = client.ask("USER ann")
        _ = client.ask("PASS secret word")
        return client
    }
}
