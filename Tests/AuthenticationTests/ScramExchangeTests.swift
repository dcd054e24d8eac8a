import POP
import Testing

@testable import Authentication

/// SCRAM against the examples of RFC 5802 and RFC 7677, and against servers that are not what they say.
@Suite struct ScramExchangeTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let mechanism: Mechanism
        let hash: ScramHash
        let nonce: String
        let serverFirst: String
        let clientFinal: String
        let serverFinal: String
        var testDescription: String { mechanism.name }
    }

    static let examples = [
        Example(
            mechanism: .scramSHA1, hash: .sha1, nonce: "fyko+d2lbbFgONRv9qkxdawL",
            serverFirst: "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
            clientFinal: "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
            serverFinal: "v=rmF9pqV8S7suAoZWja4dJRkFsKQ="),
        Example(
            mechanism: .scramSHA256, hash: .sha256, nonce: "rOprNGfwEbeRWgbNEkqO",
            serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
    ]

    private static func exchange(_ example: Example, password: String = "pencil") -> ScramExchange {
        ScramExchange(
            example.mechanism, example.hash,
            Credentials(user: "user", secret: SecretBytes(copying: password.utf8), host: "pop.example.org", port: 995),
            .unsupported, nonce: Array(example.nonce.utf8))
    }

    private static func text(_ secret: SecretBytes?) -> String? {
        secret?.withBytes { String(decoding: $0, as: UTF8.self) }
    }

    @Test("says what the RFC's client says, and believes its server", arguments: examples)
    func example(example: Example) throws {
        var exchange = Self.exchange(example)
        #expect(Self.text(try exchange.begin()) == "n,,n=user,r=\(example.nonce)")
        #expect(Self.text(try exchange.answer(to: Array(example.serverFirst.utf8))) == example.clientFinal)
        #expect(Self.text(try exchange.answer(to: Array(example.serverFinal.utf8))) == "")
        try exchange.finish()
        #expect(throws: AuthenticationError.self) { try exchange.answer(to: []) }
    }

    @Test("accepts no login from a server that has not proved itself", arguments: examples)
    func unproven(example: Example) throws {
        var early = Self.exchange(example)
        _ = try early.begin()
        #expect(throws: AuthenticationError.self) { try early.finish() }
        _ = try early.answer(to: Array(example.serverFirst.utf8))
        let error = #expect(throws: AuthenticationError.self) { try early.finish() }
        #expect(error?.code == .unprovenServer)

        var impostor = Self.exchange(example, password: "crayon")
        _ = try impostor.begin()
        _ = try impostor.answer(to: Array(example.serverFirst.utf8))
        let other = #expect(throws: AuthenticationError.self) {
            try impostor.answer(to: Array(example.serverFinal.utf8))
        }
        #expect(other?.code == .unprovenServer)
    }

    @Test(
        "refuses a first message that it must not answer",
        arguments: [
            "", "r=other,s=QSXCR+Q6sek8bf92,i=4096", "r=NONCE,s=QSXCR+Q6sek8bf92,i=4096",
            "r=NONCEx,s=QSXCR+Q6sek8bf92,i=4095", "r=NONCEx,s=QSXCR+Q6sek8bf92,i=1000001",
            "r=NONCEx,s=QSXCR+Q6sek8bf92,i=99999999999999999999", "r=NONCEx,s=QSXCR+Q6sek8bf92,i=-1",
            "r=NONCEx,s=QSXCR+Q6sek8bf92,i=", "r=NONCEx,s=,i=4096", "r=NONCEx,s=QSXC*,i=4096",
            "r=NONCEx,i=4096,s=QSXCR+Q6sek8bf92", "m=ext,r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096",
            "r=NONCEx,s=QSXCR+Q6sek8bf92,i=4096,m=ext", "r=NONCEx y,s=QSXCR+Q6sek8bf92,i=4096", "rNONCEx", ",,,",
            "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
        ])
    func badFirst(message: String) throws {
        let example = Self.examples[0]
        var exchange = Self.exchange(example)
        _ = try exchange.begin()
        let text = message.replacing("NONCE", with: example.nonce)
        let error = #expect(throws: AuthenticationError.self) { try exchange.answer(to: Array(text.utf8)) }
        #expect(error?.code == .badChallenge)
    }

    @Test("a refusal inside the exchange is answered with nothing, and told", arguments: [false, true])
    func refused(isEarly: Bool) throws {
        let example = Self.examples[1]
        var exchange = Self.exchange(example)
        _ = try exchange.begin()
        if !isEarly { _ = try exchange.answer(to: Array(example.serverFirst.utf8)) }
        #expect(Self.text(try exchange.answer(to: Array("e=invalid-proof\u{1B}[31m".utf8))) == "")
        #expect(exchange.refusal?.hasPrefix("invalid-proof") == true)
        #expect(exchange.refusal?.contains("\u{1B}") == false)
        #expect(throws: AuthenticationError.self) { try exchange.finish() }
    }

    @Test("the header says whether the exchange is bound, could be, or cannot be")
    func bindings() throws {
        let credentials = Credentials(
            user: "a,b=c", secret: SecretBytes(copying: "x".utf8), host: "pop.example.org", port: 995)
        let bound = ChannelBinding.bound(type: "tls-exporter", data: [1, 2, 3])
        let table: [(Mechanism, ChannelBinding, String, String)] = [
            (.scramSHA256Plus, bound, "p=tls-exporter,,", "cD10bHMtZXhwb3J0ZXIsLAECAw=="),
            (.scramSHA256, bound, "n,,", "biws"), (.scramSHA256, .notOffered, "y,,", "eSws"),
            (.scramSHA512, .unsupported, "n,,", "biws"),
        ]
        for (mechanism, binding, header, attribute) in table {
            var exchange = ScramExchange(
                mechanism, mechanism == .scramSHA512 ? .sha512 : .sha256, credentials, binding, nonce: Array("abc".utf8)
            )
            #expect(Self.text(try exchange.begin()) == "\(header)n=a=2Cb=3Dc,r=abc")
            let final = Self.text(try exchange.answer(to: Array("r=abcd,s=QSXCR+Q6sek8bf92,i=4096".utf8)))
            #expect(final?.hasPrefix("c=\(attribute),r=abcd,p=") == true, "\(final ?? "")")
        }
        var unbound = Mechanism.scramSHA1Plus.exchange(credentials, .notOffered)
        #expect(throws: AuthenticationError.self) { try unbound.begin() }
    }

    @Test("two exchanges never have the same nonce")
    func nonces() throws {
        let credentials = Credentials(user: "u", secret: SecretBytes(copying: "x".utf8), host: "h", port: 1)
        var one = Mechanism.scramSHA256.exchange(credentials, .unsupported)
        var other = Mechanism.scramSHA256.exchange(credentials, .unsupported)
        #expect(Self.text(try one.begin()) != Self.text(try other.begin()))
    }
}
