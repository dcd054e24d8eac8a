import COpenSSL
import Glibc

/// Asks an HTTP proxy for a tunnel by CONNECT (RFC 9110, section 9.3.6), with Basic authentication (RFC 7617).
///
/// ```
/// C: CONNECT host:port HTTP/1.1    S: HTTP/1.1 200 any words
/// C: Host: host:port               S: fields, which do not matter
/// C: Proxy-Authorization: Basic x  S: an empty line, and then the server's bytes
/// C: an empty line
/// ```
struct HTTPConnectNegotiation: ProxyNegotiation {
    /// The most bytes of an answer, interim ones included, and of a line in it.
    private static let answerByteLimit = 32 << 10
    private static let lineByteLimit = 8 << 10

    private let server: String
    private let login: ProxyLogin?
    private var byteCount = 0
    private var line: [UInt8] = []
    /// Of the answer whose fields are coming.
    private var status: Int?
    private var takesBasic = false

    init(host: String, port: UInt16, login: ProxyLogin?) {
        (server, self.login) = (Endpoint.name(host, port), login)
    }

    mutating func begin(_ output: inout [UInt8]) throws(ProxyRefusal) {
        output += "CONNECT \(server) HTTP/1.1\r\nHost: \(server)\r\n".utf8
        if let login {
            guard !login.user.utf8.contains(UInt8(ascii: ":")) else {
                throw .permanent("a user with a \":\" in it cannot log in (RFC 7617)")
            }
            output += "Proxy-Authorization: Basic ".utf8
            var plain = Array(login.user.utf8)
            plain.reserveCapacity(plain.count + 1 + login.password.count)
            plain.append(UInt8(ascii: ":"))
            plain += login.password
            Self.appendBase64(of: &plain, to: &output)
            output += "\r\n".utf8
        }
        output += "\r\n".utf8
    }

    mutating func receive(
        _ bytes: UnsafeRawBufferPointer, _ output: inout [UInt8]
    ) throws(ProxyRefusal) -> ProxyProgress {
        for (index, byte) in bytes.enumerated() {
            byteCount += 1
            guard byteCount <= Self.answerByteLimit, line.count < Self.lineByteLimit else {
                throw .permanent("its answer does not end: is it an HTTP proxy?")
            }
            guard byte == 10 else {
                line.append(byte)
                if status == nil { try checkBeginning() }
                continue
            }
            if line.last == 13 { line.removeLast() }
            let isOpen = try takeLine()
            line.removeAll(keepingCapacity: true)
            if isOpen { return ProxyProgress(byteCount: index + 1, isOpen: true) }
        }
        return ProxyProgress(byteCount: bytes.count, isOpen: false)
    }

    /// Complains of another protocol at its first bytes, as its lines may never end.
    private func checkBeginning() throws(ProxyRefusal) {
        let beginning = Array("HTTP/1.".utf8)
        guard line.count <= beginning.count, line[line.count - 1] != beginning[line.count - 1] else { return }
        if line[0] == 5 || line[0] == 0 { throw .permanent("it is a SOCKS proxy: write socks5:// in `proxy`") }
        throw .permanent("it does not speak HTTP: is its port in `proxy` right?")
    }

    /// - Returns: whether the way is open.
    private mutating func takeLine() throws(ProxyRefusal) -> Bool {
        guard let status else {
            self.status = try Self.status(of: line)
            return false
        }
        guard line.isEmpty else {
            let field = String(decoding: line, as: UTF8.self).lowercased()
            if field.hasPrefix("proxy-authenticate:"), field.contains("basic") { takesBasic = true }
            return false
        }
        switch status {
        case 100..<200: self.status = nil
        case 200..<300: return true
        default: throw refusal(status)
        }
        return false
    }

    /// The number in `HTTP/1.1 200 OK` (RFC 9112, section 4).
    private static func status(of line: [UInt8]) throws(ProxyRefusal) -> Int {
        let words = line.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].count == 8, words[1].count == 3,
            words[1].allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(String(decoding: words[1], as: UTF8.self)), number >= 100
        else { throw .permanent("the first line of its answer makes no sense: is it an HTTP proxy?") }
        return number
    }

    /// Its words are not shown: they may echo the login.
    private func refusal(_ status: Int) -> ProxyRefusal {
        let port = server.split(separator: ":").last ?? ""
        switch status {
        case 407 where login == nil:
            return .permanent(
                "it wants a login (407): write http://USER@HOST:PORT in `proxy`, and set `proxy-password-file`")
        case 407 where !takesBasic:
            return .permanent("it takes no login with a password (407 without Basic): ask its operator")
        case 407:
            return .permanent("it refuses the login (407): check the user in `proxy`, and the proxy's password")
        case 408, 425, 429, 500..<600:
            return .temporary(
                "it cannot connect to \(server) (\(status)): check `host` and `port`, or run again later")
        case 400..<500:
            return .permanent(
                "it forbids connections to \(server) (\(status)): its operator must allow CONNECT to port \(port)")
        default:
            return .permanent("it answers \(status) to CONNECT, which opens nothing: is `proxy` right?")
        }
    }

    /// RFC 4648, section 4. `plain` is overwritten.
    private static func appendBase64(of plain: inout [UInt8], to output: inout [UInt8]) {
        var encoded = [UInt8](repeating: 0, count: (plain.count + 2) / 3 * 4 + 1)
        EVP_EncodeBlock(&encoded, plain, CInt(plain.count))
        output += encoded.dropLast()
        ProxyLogin.wipe(&plain)
        ProxyLogin.wipe(&encoded)
    }
}
