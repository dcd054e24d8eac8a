/// Reads `socks5://[USER@]HOST:PORT` and `http://[USER@]HOST:PORT`.
enum ProxyURL {
    /// What is wrong with a URL, without any of it, as it may hold a password.
    struct Problem: Error {
        var message: String
        var remedy: String
    }

    private static let remedy = "write \"socks5://HOST:PORT\", \"http://HOST:PORT\", or \"none\""
    /// What RFC 1929 has room for.
    private static let userByteLimit = 255

    static func parsed(_ text: String) throws(Problem) -> Proxy {
        guard let colon = text.firstRange(of: "://") else {
            throw Problem(message: "proxy is not the URL of a proxy", remedy: remedy)
        }
        let kind: Proxy.Kind
        switch text[..<colon.lowerBound].lowercased() {
        case "socks5", "socks5h": kind = .socks5
        case "http": kind = .http
        default: throw Problem(message: "proxy is of a kind that is not spoken", remedy: remedy)
        }
        var rest = text[colon.upperBound...]
        if rest.last == "/" { rest.removeLast() }
        var user: String?
        if let at = rest.lastIndex(of: "@") {
            user = try Self.user(rest[..<at], kind)
            rest = rest[rest.index(after: at)...]
        }
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]), port > 0,
            rest[rest.index(after: colon)...].allSatisfy(\.isNumber)
        else { throw Problem(message: "proxy has no port at its end", remedy: remedy) }
        do {
            return Proxy(kind, host: try HostName.validated(String(rest[..<colon])), port: port, user: user)
        } catch {
            throw Problem(message: "proxy: \(error.message)", remedy: remedy)
        }
    }

    private static func user(_ text: Substring, _ kind: Proxy.Kind) throws(Problem) -> String {
        guard !text.contains(":") else {
            throw Problem(
                message: "proxy has a password in it",
                remedy: "write \"\(kind.rawValue)://USER@HOST:PORT\", and the password into a file that "
                    + "proxy-password-file names")
        }
        let decoded = decoded(text)
        guard let decoded, !text.contains("@"), (1...userByteLimit).contains(decoded.utf8.count),
            !decoded.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw Problem(
                message: "the user in proxy cannot be read",
                remedy: "write 1 to \(userByteLimit) bytes without control characters; \"@\" is written %40, \"%\" %25")
        }
        guard kind != .http || !decoded.contains(":") else {
            throw Problem(
                message: "the user in proxy has a \":\" in it, which HTTP cannot send (RFC 7617)",
                remedy: "give the proxy a user without one")
        }
        return decoded
    }

    /// With `%40` and its like as the bytes that they stand for (RFC 3986, section 2.1); `nil` where they make no text.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let digits = String(rest.prefix(2)), digits.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
