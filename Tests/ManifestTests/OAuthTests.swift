import Testing

@testable import Manifest

@Suite struct OAuthTests {
    private static let files = FakeFiles(texts: ["/here/etc/secret": "", "/here/etc/ca.pem": ""])
    private static let head = archive + "[[account]]\nhost = \"h\"\nuser = \"u\"\n"

    private static func settings(_ lines: String) throws -> OAuthSettings {
        let account = try files.parse(head + lines).accounts[0]
        #expect(account.secret.isToken)
        guard case .oauth(let settings) = account.secret else { throw ManifestError(diagnostics: []) }
        return settings
    }

    @Test("Microsoft and Google need the client's identity only")
    func presets() throws {
        for provider in ["microsoft", "google"] {
            let settings = try Self.settings("oauth = \"\(provider)\"\noauth-client-id = \"c\"\n")
            #expect(settings.tokenURL.hasPrefix("https://") && !settings.scope.isEmpty && settings.clientID == "c")
            #expect((settings.deviceURL != nil) == (provider == "microsoft"))
            #expect(settings.tokenFile == nil && settings.caFile == nil && settings.clientSecretFile == nil)
        }
    }

    @Test("every key has its say, and [defaults] what an account leaves out")
    func keys() throws {
        let all = """
            oauth = "other"
            oauth-client-id = "c"
            oauth-client-secret-file = "secret"
            oauth-token-file = "tokens/u"
            oauth-token-url = "https://t.example.org/token"
            oauth-device-url = "https://t.example.org/device"
            oauth-scope = "a b"
            oauth-ca-file = "ca.pem"

            """
        let expected = OAuthSettings(
            tokenURL: "https://t.example.org/token", deviceURL: "https://t.example.org/device", scope: "a b",
            clientID: "c", clientSecretFile: "/here/etc/secret", tokenFile: "/here/etc/tokens/u",
            caFile: "/here/etc/ca.pem")
        #expect(try Self.settings(all) == expected)
        let defaults = archive + "[defaults]\n" + all + "[[account]]\nhost = \"h\"\nuser = \"u\"\n"
        #expect(try Self.files.parse(defaults).accounts[0].secret == .oauth(expected))
        let own = try Self.files.parse(defaults + "oauth-scope = \"c\"\noauth = \"microsoft\"\n").accounts[0]
        var changed = expected
        changed.scope = "c"
        #expect(own.secret == .oauth(changed))
        let other = try Self.files.parse(defaults + "password-env = \"PW\"\n").accounts[0]
        #expect(other.secret == .environment("PW"))
    }

    @Test(
        "tells what is missing or wrong",
        arguments: [
            ("oauth = \"microsoft\"", "add oauth-client-id"),
            ("oauth = \"other\"\noauth-client-id = \"c\"", "add oauth-token-url"),
            ("oauth = \"micosoft\"", "did you mean \"microsoft\"?"),
            ("oauth = \"google\"\noauth-client-id = \"c\"\noauth-token-url = \"http://x\"", "is no address of HTTPS"),
            ("oauth = \"google\"\noauth-client-id = \"c\"\nauth = \"plain\"", "oauth gives a token"),
            ("oauth = \"google\"\noauth-client-id = \"c\"\npassword = \"p\"", "more than one source"),
            ("oauth = \"google\"\noauth-client-id = \"c\"\noauth-ca-file = \"none\"", "there is no file"),
        ])
    func mistakes(lines: String, words: String) {
        let error = #expect(throws: ManifestError.self) { try Self.files.parse(Self.head + lines + "\n") }
        #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
    }
}
