import Glibc

/// Asks a SOCKS5 proxy for a connection (RFC 1928), and logs in where it wants that (RFC 1929).
///
/// ```
/// C: 05 n methods          S: 05 method
/// C: 01 n user n password  S: 01 status            only for method 02
/// C: 05 01 00 address port S: 05 reply 00 address port
/// ```
struct SOCKS5Negotiation: ProxyNegotiation {
    private enum State {
        /// Goes to `loggingIn` or `connecting`.
        case choosingMethod
        /// Goes to `connecting`.
        case loggingIn
        /// The last one.
        case connecting
    }

    private static let noLogin: UInt8 = 0
    private static let passwordLogin: UInt8 = 2
    private static let noneAcceptable: UInt8 = 0xFF

    private let host: String
    private let port: UInt16
    private let login: ProxyLogin?
    private var state = State.choosingMethod
    /// What came of the answer that is due.
    private var answer: [UInt8] = []

    init(host: String, port: UInt16, login: ProxyLogin?) {
        (self.host, self.port, self.login) = (host, port, login)
    }

    mutating func begin(_ output: inout [UInt8]) throws(ProxyRefusal) {
        output += login == nil ? [5, 1, Self.noLogin] : [5, 2, Self.noLogin, Self.passwordLogin]
    }

    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ output: inout [UInt8]
    ) throws(ProxyRefusal) -> ProxyProgress {
        for (index, byte) in bytes.enumerated() {
            answer.append(byte)
            guard try isComplete() else { continue }
            let hasMore = try advance(&output)
            answer.removeAll()
            if !hasMore { return ProxyProgress(byteCount: index + 1, isOpen: true) }
        }
        return ProxyProgress(byteCount: bytes.count, isOpen: false)
    }

    /// Whether all of the answer is there. What is wrong with it is told as early as it is seen.
    private func isComplete() throws(ProxyRefusal) -> Bool {
        if answer[0] != 5, !(state == .loggingIn && answer[0] == 1) { throw Self.otherProtocol(answer[0]) }
        guard state == .connecting else { return answer.count == 2 }
        if answer.count == 2, answer[1] != 0 { throw refusal(answer[1]) }
        guard answer.count >= 5 else { return false }
        switch answer[3] {
        case 1: return answer.count == 4 + 4 + 2
        case 3: return answer.count == 4 + 1 + Int(answer[4]) + 2
        case 4: return answer.count == 4 + 16 + 2
        default: throw .permanent("its answer makes no sense: is it a SOCKS5 proxy?")
        }
    }

    /// - Returns: `false` when the way is open.
    private mutating func advance(_ output: inout [UInt8]) throws(ProxyRefusal) -> Bool {
        switch (state, answer[1]) {
        case (.choosingMethod, Self.passwordLogin) where login != nil:
            state = .loggingIn
            try writeLogin(&output)
        case (.choosingMethod, Self.noLogin), (.loggingIn, 0):
            state = .connecting
            try writeRequest(&output)
        case (.loggingIn, _):
            throw .permanent("it refuses the login: check the user in `proxy`, and the proxy's password")
        case (.choosingMethod, Self.noneAcceptable):
            throw .permanent(
                login == nil
                    ? "it wants a login: write socks5://USER@HOST:PORT in `proxy`, and set `proxy-password-file`"
                    : "it accepts a login neither with a password nor without one: ask its operator")
        case (.choosingMethod, _):
            throw .permanent("it chooses a way to log in that was not offered: is it a SOCKS5 proxy?")
        case (.connecting, _): return false
        }
        return true
    }

    private func writeLogin(_ output: inout [UInt8]) throws(ProxyRefusal) {
        guard let login, (1...255).contains(login.user.utf8.count), (1...255).contains(login.password.count) else {
            throw .permanent("its user and password must have 1 to 255 bytes each (RFC 1929)")
        }
        output.append(1)
        output.append(UInt8(login.user.utf8.count))
        output += login.user.utf8
        output.append(UInt8(login.password.count))
        output += login.password
    }

    private func writeRequest(_ output: inout [UInt8]) throws(ProxyRefusal) {
        output += [5, 1, 0]
        if let digits = Self.digits(host, AF_INET, byteCount: 4) {
            output += [1] + digits
        } else if let digits = Self.digits(host, AF_INET6, byteCount: 16) {
            output += [4] + digits
        } else {
            guard (1...255).contains(host.utf8.count) else {
                throw .permanent("a host name of more than 255 bytes cannot be asked for")
            }
            output += [3, UInt8(host.utf8.count)] + host.utf8
        }
        output += [UInt8(port >> 8), UInt8(port & 0xFF)]
    }

    /// The bytes of an address in digits; `nil` for a name, which the proxy looks up.
    private static func digits(_ host: String, _ family: CInt, byteCount: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        return inet_pton(family, host, &bytes) == 1 ? bytes : nil
    }

    private static func otherProtocol(_ byte: UInt8) -> ProxyRefusal {
        switch byte {
        case UInt8(ascii: "H"): .permanent("it is an HTTP proxy: write http:// in `proxy`")
        case 0, 4: .permanent("it speaks SOCKS4 only: a SOCKS5 or HTTP proxy is needed")
        default: .permanent("it does not speak SOCKS5: is its port in `proxy` right?")
        }
    }

    /// RFC 1928, section 6.
    private func refusal(_ reply: UInt8) -> ProxyRefusal {
        let server = Endpoint.name(host, port)
        switch reply {
        case 1: return .temporary("it failed to connect to \(server), and does not say why: run again later")
        case 2: return .permanent("its rules forbid connections to \(server): ask its operator")
        case 3: return .temporary("it cannot reach the network of \(server): run again later")
        case 4: return .temporary("it cannot reach \(server): check `host`, or run again later")
        case 5: return .temporary("\(server) refuses its connection: is the server running, and is `port` right?")
        case 6: return .temporary("the way from it to \(server) is too long or in a loop: run again later")
        case 7: return .permanent("it does not know the command CONNECT: another proxy is needed")
        case 8: return .permanent("it does not take an address of the kind of \(server): give `host` in another form")
        default: return .permanent("it answers with the unknown number \(reply): is it a SOCKS5 proxy?")
        }
    }
}
