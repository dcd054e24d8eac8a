import Testing

@testable import Manifest

@Suite struct SecretSourceTests {
    static let files = FakeFiles(texts: ["/here/etc/pw": "", "/here/etc/n": "", "/home/ann/.netrc": ""])

    /// Each source by the line of a manifest and by the field of a CSV file.
    static let sources: [(key: String, toml: String, field: String, source: SecretSource)] = [
        ("password-command", "\"pass x\"", "pass x", .command("pass x")),
        ("password-file", "\"pw\"", "pw", .file("/here/etc/pw")),
        ("password-env", "\"PW\"", "PW", .environment("PW")),
        ("password-credential", "\"mail-ann.1\"", "mail-ann.1", .credential("mail-ann.1")),
        ("password-netrc", "true", "true", .netrc("/home/ann/.netrc")),
        ("password-netrc", "\"n\"", "n", .netrc("/here/etc/n")),
        ("password-secret-service", "true", "true", .secretService([:])),
        (
            "password-secret-service", "\"service=mail user=a=b  x=\"", "service=mail user=a=b x=",
            .secretService(["service": "mail", "user": "a=b", "x": ""])
        ),
        ("password-prompt", "true", "true", .prompt),
        ("password", "\"p\"", "p", .literal(Secret("p"))),
        ("token-command", "\"oama access x\"", "oama access x", .tokenCommand("oama access x")),
    ]

    @Test("each key is a source, in a table, in a row and, but for the password itself, in [defaults]")
    func keys() throws {
        for (key, toml, field, source) in Self.sources {
            let head = "[[account]]\nhost = \"h\"\nuser = \"u\"\n"
            #expect(try Self.files.parse(archive + head + "\(key) = \(toml)\n").accounts[0].secret == source)
            var files = Self.files
            files.texts["/here/etc/a.csv"] = "host,user,\(key)\nh,u,\(field)\n"
            #expect(try files.parse(CSVTests.head).accounts[0].secret == source)
            guard key != "password" else { continue }
            let defaults = archive + "[defaults]\n\(key) = \(toml)\n" + head
            #expect(try Self.files.parse(defaults).accounts[0].secret == source)
            let own = try Self.files.parse(defaults + "password-env = \"OWN\"\n").accounts[0]
            #expect(own.secret == .environment("OWN"))
        }
        // What `oauth` needs besides stands in OAuthTests.
        let tried = Set(Self.sources.map(\.key) + ["oauth"])
        #expect(tried == Set(ManifestKeys.Account.secrets.map(\.rawValue)))
    }

    @Test("two sources of one account are one too many")
    func twice() {
        for (key, toml, _, _) in Self.sources where key != "password-env" {
            #expect(
                Self.files.complaints(archive + account + "\(key) = \(toml)\n") == [
                    "7:1: error: there is more than one source of the password"
                ])
        }
    }

    @Test(
        "says what is wrong with a source and where",
        arguments: [
            ("password-credential = \"\"", "6:23: error: password-credential is empty"),
            ("password-credential = \"a/b\"", "6:23: error: password-credential is not the name of a credential"),
            ("password-credential = \"..\"", "6:23: error: password-credential is not the name of a credential"),
            ("password-credential = \"é\"", "6:23: error: password-credential is not the name of a credential"),
            ("password-credential = 1", "6:23: error: password-credential is an integer, not a string"),
            ("password-netrc = false", "6:18: error: password-netrc is neither true nor a path"),
            ("password-netrc = \"no\"", "6:18: error: password-netrc: there is no file /here/etc/no"),
            (
                "password-secret-service = false",
                "6:27: error: password-secret-service is neither true nor a string"
            ),
            (
                "password-secret-service = \"mail\"",
                "6:27: error: password-secret-service has something else in it than attributes"
            ),
            (
                "password-secret-service = \"a=1 a=2\"",
                "6:27: error: password-secret-service has something else in it than attributes"
            ),
            (
                "password-secret-service = \"--unlock=1\"",
                "6:27: error: password-secret-service has something else in it than attributes"
            ),
            (
                "password-secret-service = \"\"",
                "6:27: error: password-secret-service has something else in it than attributes"
            ),
            ("password-prompt = false", "6:19: error: password-prompt = false says where no password comes from"),
            ("password-prompt = 1", "6:19: error: password-prompt is an integer, not a boolean"),
            ("token-command = \"\"", "6:17: error: token-command is empty"),
            ("token-command = \"a\\u0000\"", "6:17: error: token-command has a NUL in it"),
        ])
    func mistakes(line: String, complaint: String) {
        let text = archive + account.replacing("password-env = \"PW\"", with: line)
        #expect(Self.files.complaints(text) == [complaint])
    }

    @Test("a token goes with the mechanisms that take one, whichever table names them")
    func tokens() throws {
        let own = archive + account.replacing("password-env = \"PW\"", with: "token-command = \"t\"")
        for auth in ["auto", "oauthbearer", "xoauth2"] {
            #expect(try Self.files.parse(own + "auth = \"\(auth)\"\n").accounts[0].secret.isToken)
        }
        for auth in AuthenticationChoice.allCases where !auth.takesToken {
            let complaint = "error: token-command gives a token, which auth = \"\(auth.rawValue)\" does not take"
            #expect(Self.files.complaints(own + "auth = \"\(auth.rawValue)\"\n") == ["7:8: \(complaint)"])
        }
        let defaults = archive + "[defaults]\nauth = \"plain\"\n"
        let message = "4:8: error: token-command gives a token, which auth = \"plain\" does not take"
        #expect(Self.files.complaints(defaults + own.replacing(archive, with: "")) == [message])
        let given = archive + "[defaults]\ntoken-command = \"t\"\n[[account]]\nhost = \"h\"\nuser = \"u\"\n"
        #expect(try Self.files.parse(given + "auth = \"external\"\n").accounts[0].secret == .unneeded)
        #expect(Self.files.complaints(given + "auth = \"login\"\n").count == 1)
    }
}
