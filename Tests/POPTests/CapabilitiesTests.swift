import POP
import Testing

@Suite struct CapabilitiesTests {
    private static func capabilities(_ lines: String...) -> Capabilities {
        var capabilities = Capabilities()
        for line in lines { latin1(line).withUnsafeBytes { capabilities.add(line: $0) } }
        return capabilities
    }

    @Test("knows what was announced, in any case")
    func known() {
        let none = Capabilities()
        #expect(![none.pipelining, none.startTLS, none.top].contains(true))
        let all = Self.capabilities("pipelining", "STLS", "Uidl", "TOP ", "AUTH-RESP-CODE")
        #expect(!none.utf8 && Self.capabilities("utf8 USER").utf8 && Self.capabilities("UTF8").utf8)
        #expect(![all.pipelining, all.startTLS, all.top].contains(false))
    }

    @Test("collects the mechanisms and the implementation")
    func arguments() {
        let some = Self.capabilities("SASL PLAIN  login", "SASL XOAUTH2", "IMPLEMENTATION Any \u{1B} Server 1.0")
        #expect(some.mechanisms == ["PLAIN", "LOGIN", "XOAUTH2"])
        #expect(some.implementation == "Any \\x1B Server 1.0")
        #expect(Self.capabilities("SASL").mechanisms.isEmpty)
    }

    @Test("splits on tabs as on spaces")
    func tabs() {
        #expect(Self.capabilities("SASL\tPLAIN", "TOP\t").mechanisms == ["PLAIN"])
        #expect(Self.capabilities("SASL\tPLAIN", "TOP\t").top)
    }

    @Test("takes broken, repeated and long lines without harm")
    func broken() {
        let long = String(repeating: "X", count: 8000)
        let odd = Self.capabilities("", " ", "EXPIRENEVER", "60", "TOP", "TOP", long, "\u{E9}\0", "UIDL")
        #expect(odd.top && odd.names.contains("UIDL"))
        #expect(odd.names.allSatisfy { $0.count < 400 })
    }
}
