import POP
import Testing

@testable import Authentication

/// The mechanisms besides SCRAM, against the examples of their documents.
@Suite struct MechanismTests {
    private static func credentials(_ user: String = "tim", _ secret: String = "tanstaaftanstaaf") -> Credentials {
        Credentials(user: user, secret: SecretBytes(copying: secret.utf8), host: "server.example.com", port: 995)
    }

    private static func text(_ secret: SecretBytes?) -> String? {
        secret?.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("PLAIN says all at once (RFC 4616)")
    func plain() throws {
        var exchange = Mechanism.plain.exchange(Self.credentials(), .unsupported)
        #expect(Self.text(try exchange.begin()) == "\0tim\0tanstaaftanstaaf")
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: []) }
    }

    @Test("LOGIN answers two questions, whatever their words, and no third")
    func login() throws {
        var exchange = Mechanism.login.exchange(Self.credentials(), .unsupported)
        #expect(try exchange.begin() == nil)
        #expect(Self.text(try exchange.answer(to: Array("Name?".utf8))) == "tim")
        #expect(Self.text(try exchange.answer(to: [])) == "tanstaaftanstaaf")
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: []) }
    }

    @Test("CRAM-MD5 answers the challenge of RFC 2195 as its client does")
    func cram() throws {
        var exchange = Mechanism.cramMD5.exchange(Self.credentials(), .unsupported)
        #expect(try exchange.begin() == nil)
        let answer = try exchange.answer(to: Array("<1896.697170952@postoffice.reston.mci.net>".utf8))
        #expect(Self.text(answer) == "tim b913a602c7eda7a495b4e6e7334d3890")
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: []) }
    }

    @Test("DIGEST-MD5 answers with what RFC 2831 asks for, and wants proof of the server")
    func digest() throws {
        var exchange = Mechanism.digestMD5.exchange(Self.credentials("chris", "secret"), .unsupported)
        let challenge = """
            realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess,charset=utf-8
            """
        #expect(try exchange.begin() == nil)
        let answer = try #require(Self.text(try exchange.answer(to: Array(challenge.utf8))))
        for part in [
            "username=\"chris\"", "nonce=\"OA6MG9tEQGm2hh\"", "nc=00000001", "digest-uri=\"pop/server.example.com\"",
        ] {
            #expect(answer.contains(part), "\(answer)")
        }
        #expect(throws: AuthenticationError.self) { try exchange.finish() }
        #expect(throws: AuthenticationError.self) {
            try exchange.answer(to: Array("rspauth=ea40f60335c427b5527b84dbabcdfffd".utf8))
        }
    }

    @Test(
        "DIGEST-MD5 refuses what is no challenge",
        arguments: ["", "x", "realm=\"a\"", "nonce=\"\u{0}\"", String(repeating: "nonce=\"a\",", count: 500)])
    func badDigest(challenge: String) throws {
        var exchange = Mechanism.digestMD5.exchange(Self.credentials(), .unsupported)
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: Array(challenge.utf8)) }
    }

    /// The example of MS-NLMP, section 4.2.4.
    private static let ntlmChallenge: [UInt8] = {
        let info: [UInt8] =
            [2, 0, 12, 0] + "Domain".utf8.flatMap { [$0, 0] } + [1, 0, 12, 0] + "Server".utf8.flatMap { [$0, 0] }
            + [0, 0, 0, 0]
        return Array("NTLMSSP\0".utf8) + [2, 0, 0, 0] + [0, 0, 0, 0, 48, 0, 0, 0] + [0x33, 0x82, 0x8A, 0xE2]
            + [0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF] + [UInt8](repeating: 0, count: 8)
            + [UInt8(info.count), 0, UInt8(info.count), 0, 48, 0, 0, 0] + info
    }()

    @Test("NTLM makes the proofs of its document's example, of version 2")
    func ntlm() throws {
        let credentials = Self.credentials("Domain\\User", "Password")
        let key = try NTLMExchange.key(user: "User", domain: "Domain", credentials.secret)
        #expect(key.withBytes { Hexadecimal.text(Array($0)) } == "0c868a403bfd7a93a3001ef22ef02e3f")
        var exchange = NTLMExchange(credentials, clientChallenge: [UInt8](repeating: 0xAA, count: 8), now: { 0 })
        let beginning = exchange.begin()
        let first = beginning?.withBytes { Array($0) } ?? []
        #expect(first.count == 32 && first.starts(with: "NTLMSSP\0\u{1}".utf8))
        let answer = try exchange.answer(to: Self.ntlmChallenge).withBytes { Array($0) }
        #expect(Hexadecimal.text(Array(answer[64..<88])) == "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa")
        #expect(Hexadecimal.text(Array(answer[88..<104])) == "68cd0ab851e51c96aabc927bebef6a1c")
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: Self.ntlmChallenge) }
    }

    @Test("NTLM refuses a challenge that is cut off anywhere, or points outside of itself")
    func badNTLM() throws {
        let whole = Self.ntlmChallenge
        for count in Array(0..<32) + Array(48..<whole.count) {
            var exchange = NTLMExchange(Self.credentials())
            _ = exchange.begin()
            #expect(throws: AuthenticationError.self, "\(count)") {
                try exchange.answer(to: Array(whole.prefix(count)))
            }
        }
        for place in 44..<48 {
            var (exchange, wrong) = (NTLMExchange(Self.credentials()), whole)
            _ = exchange.begin()
            wrong[place] = 0xFF
            #expect(throws: AuthenticationError.self) { try exchange.answer(to: wrong) }
        }
    }

    @Test("OAUTHBEARER says what the client of RFC 7628 says, and tells why it is refused")
    func bearer() throws {
        let credentials = Self.credentials("user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")
        var exchange = Mechanism.oauthBearer.exchange(credentials, .unsupported)
        #expect(
            Self.text(try exchange.begin())
                == "n,a=user@example.com,\u{1}host=server.example.com\u{1}port=995\u{1}"
                + "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\u{1}\u{1}")
        let json = #"{"status":"invalid_token","scope":"example_scope","n":1}"#
        #expect(Self.text(try exchange.answer(to: Array(json.utf8))) == "\u{1}")
        #expect(exchange.refusal == "invalid_token")
        #expect(throws: AuthenticationError.self) { try exchange.finish() }
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: []) }
    }

    @Test("XOAUTH2 is said in its own words, and a refusal answered with nothing")
    func xoauth() throws {
        var exchange = Mechanism.xoauth2.exchange(Self.credentials("a@b", "T"), .unsupported)
        #expect(Self.text(try exchange.begin()) == "user=a@b\u{1}auth=Bearer T\u{1}\u{1}")
        #expect(Self.text(try exchange.answer(to: Array("no json".utf8))) == "")
        #expect(exchange.refusal == "no reason given")
    }

    @Test("a token or a user that could forge another field is not sent", arguments: ["a\u{1}b", "a b", "a\r\nb", "ä"])
    func forging(text: String) throws {
        var token = Mechanism.xoauth2.exchange(Self.credentials("a@b", text), .unsupported)
        #expect(throws: AuthenticationError.self) { try token.begin() }
        var user = Mechanism.oauthBearer.exchange(Self.credentials("x\u{1}auth=y", "T"), .unsupported)
        #expect(throws: AuthenticationError.self) { try user.begin() }
    }

    @Test("EXTERNAL and ANONYMOUS need no password")
    func nameless() throws {
        var external = Mechanism.external.exchange(Self.credentials(), .unsupported)
        #expect(Self.text(try external.begin()) == "")
        var anonymous = Mechanism.anonymous.exchange(Self.credentials("trace"), .unsupported)
        #expect(Self.text(try anonymous.begin()) == "trace")
        #expect(!Mechanism.external.needsSecret && !Mechanism.anonymous.needsSecret)
    }

    @Test("SASLprep maps and forbids as RFC 4013 says")
    func preparation() throws {
        let table: [(String, String?)] = [
            ("user", "user"), ("USER", "USER"), ("I\u{AD}X", "IX"), ("\u{AA}", "a"), ("\u{2168}", "IX"),
            ("a\u{A0}b", "a b"), ("", ""), ("\u{7}", nil), ("\u{627}1", nil),
        ]
        for (text, expected) in table {
            let prepared = try? Preparation.prepared(SecretBytes(copying: text.utf8), for: .scramSHA256)
            #expect(Self.text(prepared) == expected, "\(text.unicodeScalars.map(\.value))")
        }
        #expect(throws: AuthenticationError.self) {
            try Preparation.prepared(SecretBytes(copying: [0xFF, 0xFE]), for: .scramSHA256)
        }
    }

    @Test("APOP makes the digest of RFC 1939, of a timestamp that is a message-id only")
    func apop() {
        let greeting = Array("POP3 server ready <1896.697170952@dbc.mtview.ca.us>".utf8)
        let timestamp = APOPDigest.timestamp(ofGreeting: greeting)
        #expect(timestamp.map { String(decoding: $0, as: UTF8.self) } == "<1896.697170952@dbc.mtview.ca.us>")
        let digest = APOPDigest.digest(timestamp: timestamp ?? [], password: SecretBytes(copying: "tanstaaf".utf8))
        #expect(String(decoding: digest, as: UTF8.self) == "c4c9334bac560ecc979e58001b3e22fb")
        for bad in ["ready", "<>", "<a>", "<@>", "<a@b", "<a@b@c>", "<a@\u{80}>", "<a b@c>", "<a<b@c>", ">a@b<"] {
            #expect(APOPDigest.timestamp(ofGreeting: Array(bad.utf8)) == nil, "\(bad)")
        }
    }

    @Test("base64 is read strictly")
    func base64() {
        for (text, line) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            #expect(Base64Line.encoded(Array(text.utf8)) == line)
            #expect(Base64Line.decoded(line.utf8) == Array(text.utf8))
        }
        for bad in [
            "Z", "Zg", "Zg=", "Zh==", "Z===", "====", "Zm9v\n", " Zm9v", "Zm=v", "Zm9*", "Zg==Zg==", "Zm9=", "=m9v",
        ] {
            #expect(Base64Line.decoded(bad.utf8) == nil, "\(bad)")
        }
        var random = SystemRandomNumberGenerator()
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base64Line.decoded(Base64Line.encoded(bytes).utf8) == bytes)
        }
    }
}
