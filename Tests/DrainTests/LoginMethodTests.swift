import Manifest
import POP
import Testing

@testable import Drain

@Suite struct LoginMethodTests {
    private static func capabilities(_ line: String) -> Capabilities {
        var capabilities = Capabilities()
        Array(line.utf8).withUnsafeBytes { capabilities.add(line: $0) }
        return capabilities
    }

    @Test(
        "a token takes the mechanism for it that the server offers, the standard one first",
        arguments: [
            ("SASL PLAIN XOAUTH2 OAUTHBEARER", AuthenticationChoice.auto, "OAUTHBEARER"),
            ("SASL SCRAM-SHA-256 PLAIN XOAUTH2", .auto, "XOAUTH2"),
            ("SASL XOAUTH2 OAUTHBEARER", .xoauth2, "XOAUTH2"), ("SASL OAUTHBEARER", .oauthBearer, "OAUTHBEARER"),
        ])
    func tokens(line: String, choice: AuthenticationChoice, name: String) throws {
        for isBindable in [false, true] {
            let method = try LoginMethod(choice, Self.capabilities(line), isBindable: isBindable, isToken: true)
            #expect(method.name == name)
        }
    }

    @Test(
        "a token is never sent by a mechanism that takes a password", arguments: ["SASL PLAIN SCRAM-SHA-256", "USER"])
    func noMechanism(line: String) {
        let failure = #expect(throws: AccountFailure.self) {
            try LoginMethod(.auto, Self.capabilities(line), isBindable: true, isToken: true)
        }
        #expect(failure?.kind == .refused)
        #expect(failure?.message.contains("offers neither OAUTHBEARER nor XOAUTH2, which take a token") == true)
    }

    @Test("a password never takes a mechanism for tokens by itself") func password() throws {
        let offered = Self.capabilities("SASL OAUTHBEARER XOAUTH2")
        #expect(try LoginMethod(.auto, offered, isBindable: true, isToken: false) == .userAndPass)
    }
}
