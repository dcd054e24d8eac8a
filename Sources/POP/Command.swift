/// A command of RFC 1939, RFC 2449, RFC 2595 or RFC 5034, and the shape of its reply.
package enum Command: Sendable, Equatable {
    case capabilities
    case startTLS
    case user([UInt8])
    case pass(SecretBytes)
    /// RFC 1939, section 7.
    case apop([UInt8], digest: [UInt8])
    /// RFC 5034, section 4: a SASL mechanism, and what goes out with the command, in base64. The server may ask further
    /// before it replies.
    case authenticate(String, initialResponse: SecretBytes?)
    case stat
    case list
    /// LIST with an argument.
    case scan(MessageNumber)
    case uniqueIDs
    case retrieve(MessageNumber)
    case top(MessageNumber, lines: Int)
    case delete(MessageNumber)
    case noop
    case quit
    /// RFC 6856, section 2.
    case utf8

    /// What follows the status line when it is `+OK`.
    package enum ReplyShape: Sendable { case line, listing, body }

    package var replyShape: ReplyShape {
        switch self {
        case .capabilities, .list, .uniqueIDs: .listing
        case .retrieve, .top: .body
        default: .line
        }
    }

    /// Whether nothing may be sent with or behind it until its reply is there: servers hand the connection over at
    /// these points and lose what was sent ahead.
    var isBarrier: Bool {
        switch self {
        case .startTLS, .pass, .apop, .authenticate, .quit: true
        default: false
        }
    }

    /// The keyword: what may be logged.
    package var keyword: String {
        switch self {
        case .capabilities: "CAPA"
        case .startTLS: "STLS"
        case .user: "USER"
        case .pass: "PASS"
        case .apop: "APOP"
        case .authenticate: "AUTH"
        case .stat: "STAT"
        case .list, .scan: "LIST"
        case .uniqueIDs: "UIDL"
        case .retrieve: "RETR"
        case .top: "TOP"
        case .delete: "DELE"
        case .noop: "NOOP"
        case .quit: "QUIT"
        case .utf8: "UTF8"
        }
    }

    /// Bytes that it takes on the wire at most.
    package var byteLimit: Int {
        switch self {
        case .user(let argument): 7 + argument.count
        case .pass(let secret): secret.withBytes { 7 + $0.count }
        case .apop(let user, let digest): 8 + user.count + digest.count
        case .authenticate(let mechanism, let response):
            8 + mechanism.utf8.count + (response?.withBytes { max(1, $0.count) } ?? 0)
        default: 64
        }
    }

    /// Appends the command as it goes on the wire: one space between words, none at the ends, CRLF.
    ///
    /// USER, PASS and APOP must hold no CR, LF or NUL: the manifest and the secret's reader see to it.
    func write(to wire: inout [UInt8]) {
        wire.append(contentsOf: keyword.utf8)
        switch self {
        case .user(let argument): argument.withUnsafeBytes { Self.write($0, to: &wire) }
        case .pass(let secret): secret.withBytes { Self.write($0, to: &wire) }
        case .apop(let user, let digest):
            user.withUnsafeBytes { Self.write($0, to: &wire) }
            digest.withUnsafeBytes { Self.write($0, to: &wire) }
        case .authenticate(let mechanism, let response):
            wire.append(contentsOf: " \(mechanism)".utf8)
            response?.withBytes { response in
                // An empty response is not the same as none.
                if response.isEmpty { wire.append(contentsOf: " =".utf8) } else { Self.write(response, to: &wire) }
            }
        case .scan(let number), .retrieve(let number), .delete(let number):
            wire.append(contentsOf: " \(number)".utf8)
        case .top(let number, let lines):
            wire.append(contentsOf: " \(number) \(lines)".utf8)
        default:
            break
        }
        wire.append(contentsOf: [13, 10])
    }

    private static func write(_ argument: UnsafeRawBufferPointer, to wire: inout [UInt8]) {
        precondition(!argument.contains { $0 == 0 || $0 == 10 || $0 == 13 }, "a line break inside a command")
        wire.append(UInt8(ascii: " "))
        wire.append(contentsOf: argument)
    }
}
