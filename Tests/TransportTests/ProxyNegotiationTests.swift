import Simulation
import Testing

@testable import Transport

/// The proxies' answers as bytes: whole, in single bytes, and cut anywhere.
@Suite struct ProxyNegotiationTests {
    /// What becomes of an answer.
    enum Outcome: Sendable, Equatable {
        case opens
        case refuses(String, isTemporary: Bool)
        case needsMore
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let answer: [UInt8]
        let outcome: Outcome
        var user: String?
        var testDescription: String { name }

        static func refusal(
            _ name: String, _ answer: [UInt8], _ words: String, isTemporary: Bool = false, user: String? = nil
        ) -> Case {
            Case(name: name, answer: answer, outcome: .refuses(words, isTemporary: isTemporary), user: user)
        }
    }

    private static let password: StaticString = "s3cret"

    private static func negotiation<Kind>(
        _ user: String?, _ make: (String, UInt16, ProxyLogin?) -> Kind, host: String = "pop.example"
    ) -> Kind {
        let bytes = UnsafeRawBufferPointer(start: password.utf8Start, count: password.utf8CodeUnitCount)
        return make(host, 995, user.map { ProxyLogin(user: $0, password: bytes) })
    }

    /// Feeds an answer in pieces: the outcome, how many bytes were taken, and what was sent.
    private static func play(
        _ start: some ProxyNegotiation, _ answer: [UInt8], pieceByteCount: Int
    ) -> (outcome: Outcome, byteCount: Int, sent: [UInt8]) {
        var negotiation = start
        var sent: [UInt8] = []
        var taken = 0
        do throws(ProxyRefusal) {
            try negotiation.begin(&sent)
            while taken < answer.count {
                let piece = Array(answer[taken..<min(taken + pieceByteCount, answer.count)])
                let progress = try piece.withUnsafeBytes { bytes in
                    Result { () throws(ProxyRefusal) in try negotiation.receive(bytes, &sent) }
                }.get()
                taken += progress.byteCount
                if progress.isOpen { return (.opens, taken, sent) }
            }
            return (.needsMore, taken, sent)
        } catch {
            return (.refuses(error.message, isTemporary: error.isTemporary), taken, sent)
        }
    }

    /// Whole and in pieces, and with the server's bytes behind it.
    private static func check(_ item: Case, _ start: some ProxyNegotiation) {
        let greeting = Array("+OK behind it\r\n".utf8)
        for pieceByteCount in [item.answer.count + greeting.count, 1, 3] {
            let (outcome, byteCount, sent) = play(start, item.answer + greeting, pieceByteCount: pieceByteCount)
            switch (item.outcome, outcome) {
            case (.opens, .opens): #expect(byteCount == item.answer.count, "the server's bytes are left")
            case (.refuses(let words, let isTemporary), .refuses(let message, let wasTemporary)):
                #expect(message.contains(words) && isTemporary == wasTemporary, "\(message)")
                #expect(!message.contains("s3cret") && !message.contains("behind"), "\(message)")
            default: Issue.record("\(outcome) in place of \(item.outcome)")
            }
            #expect(item.user != nil || !sent.contains(Array("s3cret".utf8)))
        }
    }

    /// Cut at every byte, which must open nothing.
    private static func checkCuts(_ item: Case, _ start: some ProxyNegotiation) {
        for count in 0..<item.answer.count {
            let (outcome, byteCount, _) = play(start, Array(item.answer.prefix(count)), pieceByteCount: 1)
            if item.outcome == .opens { #expect(outcome == .needsMore && byteCount == count) }
            #expect(outcome != .opens)
        }
    }

    static let socks: [Case] = [
        Case(name: "open, IPv4", answer: [5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 3, 227], outcome: .opens),
        Case(name: "open, a name", answer: [5, 0, 5, 0, 0, 3, 2, 65, 66, 3, 227], outcome: .opens),
        Case(name: "open, an empty name", answer: [5, 0, 5, 0, 0, 3, 0, 3, 227], outcome: .opens),
        Case(
            name: "open, IPv6", answer: [5, 0, 5, 0, 0, 4] + [UInt8](repeating: 9, count: 16) + [3, 227],
            outcome: .opens),
        Case(name: "open without the login", answer: [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], outcome: .opens, user: "u"),
        Case(
            name: "open after the login", answer: [5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0], outcome: .opens, user: "u"
        ),
        Case(
            name: "open after a login of version 5", answer: [5, 2, 5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
            outcome: .opens, user: "u"),
        .refusal("no method", [5, 0xFF], "it wants a login: write socks5://USER@HOST:PORT"),
        .refusal("no method with a login", [5, 0xFF], "neither with a password nor without one", user: "u"),
        .refusal("a method that was not offered", [5, 2], "that was not offered"),
        .refusal("GSSAPI", [5, 1], "that was not offered", user: "u"),
        .refusal("a wrong login", [5, 2, 1, 1], "it refuses the login", user: "u"),
        .refusal("a login of another version", [5, 2, 7, 0], "does not speak SOCKS5", user: "u"),
        .refusal("HTTP", Array("HTTP/1.1 400 Bad\r\n".utf8), "it is an HTTP proxy: write http://"),
        .refusal("SOCKS4", [0, 91, 0, 0], "SOCKS4 only"),
        .refusal("something else", Array("220 smtp\r\n".utf8), "does not speak SOCKS5: is its port"),
        .refusal("failure", [5, 0, 5, 1], "does not say why: run again later", isTemporary: true),
        .refusal("rules", [5, 0, 5, 2], "its rules forbid connections to pop.example:995"),
        .refusal("network", [5, 0, 5, 3], "cannot reach the network", isTemporary: true),
        .refusal("host", [5, 0, 5, 4], "cannot reach pop.example:995: check `host`", isTemporary: true),
        .refusal("refused", [5, 0, 5, 5], "refuses its connection", isTemporary: true),
        .refusal("too long", [5, 0, 5, 6], "too long or in a loop", isTemporary: true),
        .refusal("command", [5, 0, 5, 7], "does not know the command CONNECT"),
        .refusal("address", [5, 0, 5, 8], "give `host` in another form"),
        .refusal("unknown", [5, 0, 5, 200], "the unknown number 200"),
        .refusal("an address of no kind", [5, 0, 5, 0, 0, 2, 1], "makes no sense"),
        .refusal("another version in the reply", [5, 0, 4, 0], "SOCKS4 only"),
    ]

    @Test("a SOCKS5 proxy's answer is understood however it comes", arguments: socks)
    func understandsSOCKS(item: Case) {
        let start = Self.negotiation(item.user, SOCKS5Negotiation.init)
        Self.check(item, start)
        Self.checkCuts(item, start)
    }

    @Test(
        "SOCKS5 asks for a name as a name, and for an address as an address",
        arguments: [
            ("pop.example", [3, 11] + Array("pop.example".utf8)), ("192.0.2.7", [1, 192, 0, 2, 7]),
            ("::1", [4] + [UInt8](repeating: 0, count: 15) + [1]),
        ])
    func addresses(host: String, address: [UInt8]) {
        let start = Self.negotiation(nil, SOCKS5Negotiation.init, host: host)
        #expect(Self.play(start, [5, 0], pieceByteCount: 2).sent == [5, 1, 0] + [5, 1, 0] + address + [3, 227])
    }

    @Test("SOCKS5 sends user and password behind their lengths, and only when asked")
    func login() {
        let start = Self.negotiation("ann", SOCKS5Negotiation.init)
        #expect(Self.play(start, [], pieceByteCount: 1).sent == [5, 2, 0, 2])
        let sent = Self.play(start, [5, 2], pieceByteCount: 1).sent
        #expect(sent == [5, 2, 0, 2] + [1, 3] + Array("ann".utf8) + [6] + Array("s3cret".utf8))
        #expect(!Self.play(start, [5, 0], pieceByteCount: 1).sent.contains(Array("s3cret".utf8)))
    }

    @Test("what SOCKS5 cannot send is refused before it is sent")
    func tooLong() {
        let user = Self.negotiation(String(repeating: "u", count: 256), SOCKS5Negotiation.init)
        let login = Self.play(user, [5, 2], pieceByteCount: 2)
        #expect(
            login.outcome
                == .refuses("its user and password must have 1 to 255 bytes each (RFC 1929)", isTemporary: false))
        let name = Self.negotiation(nil, SOCKS5Negotiation.init, host: String(repeating: "h", count: 256))
        let host = Self.play(name, [5, 0], pieceByteCount: 2)
        #expect(
            host.outcome == .refuses("a host name of more than 255 bytes cannot be asked for", isTemporary: false))
    }

    private static func answer(_ text: String) -> [UInt8] { Array(text.utf8) }

    static let http: [Case] = [
        Case(name: "open", answer: answer("HTTP/1.1 200 Connection established\r\n\r\n"), outcome: .opens),
        Case(name: "open without words", answer: answer("HTTP/1.0 200\r\n\r\n"), outcome: .opens),
        Case(name: "open with bare line feeds", answer: answer("HTTP/1.1 200 OK\nVia: x\n\n"), outcome: .opens),
        Case(
            name: "open with a length, which means nothing",
            answer: answer("HTTP/1.1 204 OK\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n"),
            outcome: .opens),
        Case(
            name: "open behind an interim answer",
            answer: answer("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"), outcome: .opens),
        .refusal(
            "a login is wanted", answer("HTTP/1.1 407 s3cret\r\n\r\n"), "it wants a login (407): write http://USER@"),
        .refusal(
            "a wrong login", answer("HTTP/1.1 407 No\r\nProxy-Authenticate: BASIC realm=\"s3cret\"\r\n\r\n"),
            "it refuses the login (407): check the user", user: "u"),
        .refusal(
            "another login", answer("HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate\r\n\r\n"),
            "407 without Basic", user: "u"),
        .refusal("forbidden", answer("HTTP/1.1 403 s3cret\r\n\r\n"), "must allow CONNECT to port 995"),
        .refusal("not found", answer("HTTP/1.1 404 No\r\n\r\n"), "it forbids connections to pop.example:995 (404)"),
        .refusal("busy", answer("HTTP/1.1 429 s3cret\r\n\r\n"), "run again later", isTemporary: true),
        .refusal(
            "bad gateway", answer("HTTP/1.1 502 No\r\n\r\n"), "cannot connect to pop.example:995 (502)",
            isTemporary: true),
        .refusal("gateway time-out", answer("HTTP/1.1 504 No\r\n\r\n"), "(504)", isTemporary: true),
        .refusal("elsewhere", answer("HTTP/1.1 302 Found\r\nLocation: x\r\n\r\n"), "it answers 302 to CONNECT"),
        .refusal("no number", answer("HTTP/1.1 2x0 OK\r\n\r\n"), "makes no sense"),
        .refusal("a short number", answer("HTTP/1.1 20 OK\r\n\r\n"), "makes no sense"),
        .refusal("a small number", answer("HTTP/1.1 007 OK\r\n\r\n"), "makes no sense"),
        .refusal("nothing but a version", answer("HTTP/1.1\r\n\r\n"), "makes no sense"),
        .refusal("HTTP/2", answer("HTTP/2 200\r\n\r\n"), "does not speak HTTP"),
        .refusal("POP3", answer("+OK ready\r\n"), "does not speak HTTP: is its port"),
        .refusal("SOCKS5", [5, 0], "it is a SOCKS proxy: write socks5://"),
        .refusal("a TLS alert", [21, 3, 1, 0, 2, 2, 10], "does not speak HTTP"),
        .refusal(
            "a line without end", answer("HTTP/1.1 200 ") + [UInt8](repeating: 65, count: 9000), "does not end"),
        .refusal(
            "fields without end",
            answer("HTTP/1.1 200 OK\r\n") + [[UInt8]](repeating: answer("A: b\r\n"), count: 6000).joined(),
            "does not end"),
        .refusal(
            "interim answers without end",
            Array([[UInt8]](repeating: answer("HTTP/1.1 100 Go on\r\n\r\n"), count: 2000).joined()), "does not end"),
    ]

    @Test("an HTTP proxy's answer is understood however it comes", arguments: http)
    func understandsHTTP(item: Case) {
        let start = Self.negotiation(item.user, HTTPConnectNegotiation.init)
        Self.check(item, start)
        if item.answer.count < 200 { Self.checkCuts(item, start) }
    }

    @Test("HTTP asks with the host in the request and in the field, an IPv6 address in brackets")
    func request() {
        let plain = Self.play(Self.negotiation(nil, HTTPConnectNegotiation.init), [], pieceByteCount: 1).sent
        #expect(
            String(decoding: plain, as: UTF8.self)
                == "CONNECT pop.example:995 HTTP/1.1\r\nHost: pop.example:995\r\n\r\n")
        let start = Self.negotiation("Aladdin", HTTPConnectNegotiation.init, host: "::1")
        let sent = String(decoding: Self.play(start, [], pieceByteCount: 1).sent, as: UTF8.self)
        #expect(
            sent == "CONNECT [::1]:995 HTTP/1.1\r\nHost: [::1]:995\r\n"
                + "Proxy-Authorization: Basic QWxhZGRpbjpzM2NyZXQ=\r\n\r\n")
        let colon = Self.play(Self.negotiation("a:b", HTTPConnectNegotiation.init), [], pieceByteCount: 1)
        #expect(
            colon.outcome == .refuses("a user with a \":\" in it cannot log in (RFC 7617)", isTemporary: false))
    }

    @Test("no bytes bring a negotiation out of step")
    func arbitrary() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                // Mostly bytes that lead somewhere.
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...5, using: &random) : .random(in: 0...255, using: &random)
            }
            let socks = Self.negotiation("u", SOCKS5Negotiation.init)
            #expect(Self.play(socks, bytes, pieceByteCount: 5).byteCount <= bytes.count)
            let http = Self.negotiation("u", HTTPConnectNegotiation.init)
            let answer = Self.answer("HTTP/1.1 ") + bytes
            #expect(Self.play(http, answer, pieceByteCount: 5).byteCount <= answer.count)
        }
    }
}
