import Testing

@testable import Manifest

@Suite struct SecretTests {
    static let literal = archive + "[[account]]\nhost = \"h\"\nuser = \"u\"\n"

    @Test("reveals itself only when asked") func reveal() {
        #expect(Secret("hunter2").reveal() == "hunter2")
    }

    @Test(
        "no description, dump or mirror of a manifest holds a secret",
        arguments: [
            "password = \"hunter2\"", "password-command = \"echo hunter2\"", "password-env = \"hunter2\"",
            "password-credential = \"hunter2\"", "password-secret-service = \"service=hunter2\"",
            "token-command = \"echo hunter2\"",
        ])
    func hidden(line: String) throws {
        let manifest = try FakeFiles().parse(Self.literal + line + "\n", mode: 0o644)
        var text = "\(manifest) \(String(reflecting: manifest)) \(manifest.accounts[0].secret) "
        dump(manifest, to: &text)
        dump(manifest.accounts[0].secret, to: &text)
        if case .literal(let secret) = manifest.accounts[0].secret {
            text += "\(secret) \(String(reflecting: secret)) \(Optional(secret) as Any) \([secret])"
            dump(secret, to: &text)
        }
        #expect(!text.contains("hunter2"))
        #expect(text.contains("hidden"))
    }

    /// Manifests with a mistake in the line of a password, or near it.
    static let leaks = [
        "password = \"hunter2", "password = hunter2", "password = 'hunter2", "password hunter2", "password: hunter2",
        "password = \"\\qhunter2\"", "password = \"hunter2\" x", "password = \"a\" hunter2", "password = [\"hunter2\"]",
        "password = { x = \"hunter2\" }", "password.x = \"hunter2\"", "pasword = \"hunter2\"", "secret = \"hunter2\"",
        "\"password\" = \"hunter2", "\"password\" \"hunter2\"", "Password = \"hunter2\"", "pw=\"hunter2\"",
        "password-command = \"echo hunter2\"\npassword = \"hunter2\"", "password = \"hunter2\\n\"",
        "password = \"\"\"\nhunter2\nhunter2\\q\nhunter2\"\"\"", "password = \"\"\"x\nhunter2\nport = \"", "hunter2",
        "password = '''\nhunter2 = 3\n'''", "password = \"\"\"\nuser = \"hunter2\"\"\"\"\nport = 0",
        "password =\n\"hunter2\"", "[account.password]\nhost = \"hunter2\"", "port = 0 # password was hunter2",
        "port 995 # hunter2", "port = 0 , password = \"hunter2\"", "user = \"u\", pw: \"hunter2\"",
        "password-env = \"hunter2 \"", "tls = { password = \"hunter2\", x }", "x = [{ password = \"hunter2\" }]",
        "host = \"pop3s://u:hunter2@h\"", "ca-file = \"https://u:hunter2@h\"", "password = 2024-hunter2",
        "x = { password = \"hunter2\" ", "password = \"\u{1}hunter2\"", "# \u{1} hunter2", "password = \"hunter2\"\"",
        "}password = \"\"\"x\nuser = \"hunter2\"\nx\"\"\"", "x password = '''x\nuser = \"hunter2\"",
        "password = “hunter2”", "password = \"hun\"ter2\"", "tls = [\n\"x\"\npassword = \"hunter2\"",
        "port = 1\nport = 2 # hunter2",
        "tls = \"\"\"none\"\npassword = \"hunter2\"\nx\"\"\"",
        "delete = \"\"\"never\"\npassword = \"hunter2\"\nx\"\"\"",
        "password-file = \"\"\"x\"\npassword = \"hunter2\"\nx\"\"\"",
        "host = \"\"\"h\"\npassword = \"hunter2\"\nx\"\"\"",
        "password-credential = \"hunter2/x\"", "password-credential = [\"hunter2\"]",
        "password-secret-service = \"hunter2\"", "password-secret-service = { hunter2 = true }",
        "password-netrc = [\"hunter2\"]", "password-netrc = \"\"\"x\"\npassword = \"hunter2\"\nx\"\"\"",
        "password-prompt = \"hunter2\"", "token-command = \"\\u0000hunter2\"", "token-command = [\"hunter2\"]",
        "password-prompt = true\npassword = \"hunter2\"", "token = \"hunter2\"",
        "token-command = \"echo hunter2\"\nauth = \"plain\"\nport = x", "passwordeval = \"echo hunter2\"",
    ]

    @Test("no diagnostic holds a secret", arguments: leaks)
    func diagnostics(line: String) {
        for text in [
            Self.literal + line + "\n", "[[account]]\n" + line, line, archive + "[defaults]\n" + line + "\n" + account,
        ] {
            let error = #expect(throws: ManifestError.self) { try FakeFiles().parse(text, mode: 0o644) }
            let shown = "\(String(describing: error)) \(error?.description ?? "")"
            #expect(!shown.contains("hunter2") && !shown.contains("ter2"), "\(shown)")
        }
    }

    @Test("no diagnostic of a manifest cut anywhere holds a secret") func truncated() {
        let text = Array(
            (Self.literal + "password = \"\"\"hunter2\nhunter2\"\"\"\ntls = { password = 'hunter2' }\nport = x\n").utf8)
        for count in 0...text.count {
            do {
                _ = try Manifest.parse(
                    bytes: Array(text[..<count]), path: "m", mode: 0o644, files: FakeFiles().files)
            } catch {
                #expect(!error.description.contains("unter2"), "\(error)")
            }
        }
    }

    @Test("no diagnostic of a manifest that is not UTF-8 holds a secret") func notUTF8() {
        let text = Self.literal + "password = \"\"\"\nuser = 'hunter2"
        let bytes = Array(text.utf8) + [0xFC] + Array("'\"\"\"\n".utf8)
        let error = #expect(throws: ManifestError.self) {
            try Manifest.parse(bytes: bytes, path: "m", mode: 0o644, files: FakeFiles().files)
        }
        #expect(error?.diagnostics.first?.sourceLine == String(repeating: "*", count: 19) + "\"")
    }

    @Test(
        "no diagnostic of a CSV file holds a secret",
        arguments: [
            "host,user,password\nh,u\"hunter2,p\n", "host,user,password\nh,\"u\"hunter2,p\n",
            "host,user,password\n\"hunter2,\n",
            "host,user,password\nh,u,hunt,hunter2\n", "host,user,password\nhunter2,u\n", "h,u,hunter2\n",
            "host,user,pasword\nh,u,hunter2\n", "host,user,password\nh,u,\"hunter2\nhunter2\"\n",
            "host,user,password,port\nh,u,hunter2,x\n", "host,user,password-command,port\nh,u,echo hunter2,x\n",
            "host,user,password,port\nh,u,\"a\nhunter2\",x\n", "host,user,password\nh,u,hunter2\nh,u,hunter2\n",
            "host;user;password\nh;u;hunter2\n", "host,user,password,password-env\nh,u,hunter2,X\n",
            "host,user,passh,u,hunter2\nh,v,x\n", "host\nh,u,hunter2\n", "host,user\nh,u,hunter2\n",
            "host,user,password-credential\nh,u,hunter2/x\n", "host,user,password-secret-service\nh,u,hunter2\n",
            "host,user,token-command,port\nh,u,echo hunter2,x\n", "host,user,password-prompt\nh,u,hunter2\n",
            "host,user,password-netrc,password\nh,u,true,hunter2\n",
            "host,user,password\nu:hunter2@h,u,x\n", "host,user,password\nh,u,hunter2\0\n",
        ])
    func csv(text: String) {
        let error = #expect(throws: ManifestError.self) { try CSVTests.files(text).parse(CSVTests.head) }
        #expect(error?.description.contains("hunter2") == false, "\(String(describing: error))")
    }
}
