import Testing

@testable import Manifest

/// A manifest with one mistake and what is said of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var text: String
    var complaints: [String]

    init(_ text: String, _ complaints: String...) {
        self.text = text
        self.complaints = complaints
    }

    /// One in an account, whose first three lines are 3 to 6 with `account` before; the mistake begins in line 7.
    static func inAccount(_ line: String, _ complaints: String...) -> Mistake {
        var mistake = Mistake(archive + account + line + "\n")
        mistake.complaints = complaints
        return mistake
    }

    var testDescription: String { complaints.first ?? text }
}

@Suite struct DiagnosticTests {
    static let mistakes: [Mistake] = [
        // Tables and keys
        Mistake("", "1:1: error: the manifest has no table [archive]", "1:1: error: the manifest has no account"),
        Mistake(archive, "1:1: error: the manifest has no account"),
        Mistake(account, "1:1: error: the manifest has no table [archive]"),
        Mistake("[archive]\nformat = \"tar\"\n" + account, "1:1: error: [archive] has no path"),
        Mistake("[archiv]\npath = \"/a\"\n" + account, "1:1: error: there is no table \"archiv\""),
        Mistake(archive + "[acount]\nhost = \"h\"\n", "3:1: error: there is no table \"acount\""),
        Mistake("[[archive]]\npath = \"/a\"\n" + account, "1:1: error: archive is one table, not a list of them"),
        Mistake(
            archive + "[account]\nhost = \"h\"\nuser = \"u\"\npassword-env = \"P\"\n",
            "3:1: error: account is a list of tables"),
        Mistake("job = 3\n" + archive + account, "1:7: error: job is an integer, not a table"),
        Mistake("account = 3\n" + archive, "1:11: error: account is an integer, not a list of tables"),
        Mistake("account = [3]\n" + archive, "1:12: error: an account is an integer, not a table"),
        Mistake(archive + "size = 3\n" + account, "3:1: error: there is no key \"size\" in [archive]"),
        Mistake(archive + "[job]\nparallell = 3\n" + account, "4:1: error: there is no key \"parallell\" in [job]"),
        Mistake(archive + "[defaults]\nuser = \"u\"\n" + account, "4:1: error: \"user\" does not belong in [defaults]"),
        Mistake(
            archive + "[defaults]\npassword = \"u\"\n" + account,
            "4:1: error: \"password\" does not belong in [defaults]"),
        .inAccount("accounts-csv = \"a.csv\"", "7:1: error: there is no key \"accounts-csv\" in [[account]]"),
        .inAccount("tls.mode = \"stls\"", "7:1: error: tls is a table, not a string"),
        // Types and ranges
        Mistake("[archive]\npath = 3\n" + account, "2:8: error: path is an integer, not a string"),
        Mistake("[archive]\npath = \"\"\n" + account, "2:8: error: path: the path is empty"),
        Mistake(
            "[archive]\npath = \"~bob/x\"\n" + account,
            "2:8: error: path: only \"~/\" is expanded, not the home of another user"),
        Mistake(archive + "format = \"zip\"\n" + account, "3:10: error: format cannot be \"zip\""),
        Mistake(archive + "volume-bytes = 1048575\n" + account, "3:16: error: volume-bytes is out of range"),
        Mistake(archive + "[job]\nmemory = \"47 MiB\"\n" + account, "4:10: error: memory is out of range"),
        Mistake(archive + "[job]\nmemory = \"much\"\n" + account, "4:10: error: memory is not a size"),
        Mistake(archive + "volume-bytes = -1\n" + account, "3:16: error: volume-bytes is out of range"),
        Mistake(archive + "volume-bytes = \"1 G\"\n" + account, "3:16: error: volume-bytes is not a size"),
        Mistake(
            archive + "volume-bytes = 1.5\n" + account,
            "3:16: error: volume-bytes is a floating-point number, not a size"),
        Mistake(archive + "[job]\nparallel = 1025\n" + account, "4:12: error: parallel is out of range"),
        Mistake(archive + "[job]\nparallel-per-host = 0\n" + account, "4:21: error: parallel-per-host is out of range"),
        Mistake(
            archive + "[job]\nparallel = 1979-05-27\n" + account,
            "4:12: error: parallel is a date or time, not an integer"),
        Mistake(
            archive + "[job]\nparallel = 1979-05-27T07:32:00.5-08:00\n" + account,
            "4:12: error: parallel is a date or time, not an integer"),
        // TOMLKit ends the process at times without their digits.
        Mistake(archive + "[job]\nparallel = 1979-05-27T:32:00\n" + account, "4:12: error: this is not a value"),
        Mistake(archive + "[job]\nparallel = 3956-05-27T:7232UUUUU:00\n" + account, "4:12: error: this is not a value"),
        Mistake(archive + "[job]\nparallel = 1979-05-27 07:32:00+\n" + account, "4:12: error: this is not a value"),
        .inAccount("port = 0", "7:8: error: port is out of range"),
        .inAccount("port = 65536", "7:8: error: port is out of range"),
        .inAccount("port = \"995\"", "7:8: error: port is a string, not an integer"),
        .inAccount("allow-cleartext = \"yes\"", "7:19: error: allow-cleartext is a string, not a boolean"),
        .inAccount("tls = \"starttls\"", "7:7: error: tls cannot be \"starttls\""),
        .inAccount("stall-timeout = \"30\"", "7:17: error: stall-timeout is not a duration"),
        .inAccount("stall-timeout = \"30 m\"", "7:17: error: stall-timeout is not a duration"),
        .inAccount("stall-timeout = 0", "7:17: error: stall-timeout is out of range"),
        .inAccount("stall-timeout = \"25 h\"", "7:17: error: stall-timeout is out of range"),
        .inAccount("stall-timeout = \"99999999999999999 h\"", "7:17: error: stall-timeout is out of range"),
        .inAccount("stall-timeout = true", "7:17: error: stall-timeout is a boolean, not a duration"),
        .inAccount("delete = \"always\"", "7:10: error: delete cannot be \"always\""),
        // Accounts
        .inAccount(
            "[[account]]", "7:1: error: the account has no host", "7:1: error: the account has no user",
            "7:1: error: the account has no password"),
        .inAccount(
            "password-file = \"pw\"", "7:1: error: there is more than one source of the password",
            "7:17: error: password-file: there is no file /here/etc/pw"),
        .inAccount("ca-file = \"ca.pem\"", "7:11: error: ca-file: there is no file /here/etc/ca.pem"),
        .inAccount("ca-file = \"secret\"", "7:11: error: ca-file: /here/etc/secret cannot be read by this user"),
        .inAccount("ca-file = \"dir\"", "7:11: error: ca-file: /here/etc/dir is a directory"),
        // TLS
        .inAccount("tls-min = \"1.4\"", "7:11: error: tls-min cannot be \"1.4\""),
        .inAccount("tls-min = 1.2", "7:11: error: tls-min is a floating-point number, not a string"),
        .inAccount("tls-min = \"1.0\"", "7:11: error: tls-min = \"1.0\" has no effect at this tls-security-level"),
        .inAccount(
            "tls-min = \"1.1\"\ntls-security-level = 1",
            "7:11: error: tls-min = \"1.1\" has no effect at this tls-security-level"),
        .inAccount("tls-security-level = 6", "7:22: error: tls-security-level is out of range"),
        .inAccount("tls-security-level = \"0\"", "7:22: error: tls-security-level is a string, not an integer"),
        .inAccount("tls-ciphers = \" : \"", "7:15: error: tls-ciphers is empty"),
        .inAccount("tls-ciphers = \"ALL:@SECLEVEL=0\"", "7:15: error: tls-ciphers has a security level in it"),
        .inAccount("tls-pin = []", "7:11: error: tls-pin is empty"),
        .inAccount("tls-pin = \"sha256:ab\"", "7:11: error: tls-pin: \"sha256:ab\" is not a pin"),
        .inAccount(
            "tls-pin = [\"sha1:ab\", 3]", "7:12: error: tls-pin: \"sha1:ab\" is not a pin",
            "7:23: error: tls-pin is an integer, not a string"),
        .inAccount(
            "tls-server-name = \"pop.example.org:995\"",
            "7:19: error: the host has a \":\" in it and is not an IPv6 address"),
        .inAccount("crl-file = \"dir\"", "7:12: error: crl-file: /here/etc/dir is a directory"),
        .inAccount("tls-client-cert = \"open\"", "7:19: error: tls-client-cert has no key with it"),
        .inAccount("tls-client-key = \"closed\"", "7:18: error: tls-client-key has no certificate with it"),
        .inAccount(
            "tls-client-cert = \"open\"\ntls-client-key = \"open\"",
            "8:18: error: others than its owner have access to /here/etc/open, the file of tls-client-key"),
        .inAccount(
            "tls-client-p12 = \"open\"",
            "7:18: error: others than its owner have access to /here/etc/open, the file of tls-client-p12"),
        .inAccount(
            "tls-client-p12 = \"closed\"\ntls-client-cert = \"open\"",
            "8:19: error: there are two certificates of the client"),
        .inAccount(
            "tls-client-password-file = \"closed\"", "7:28: error: tls-client-password-file has nothing to open"),
        Mistake(
            archive + "[defaults]\ntls-min = \"1.0\"\n" + account + account.replacing("ann", with: "bob"),
            "4:11: error: tls-min = \"1.0\" has no effect at this tls-security-level"),
        .inAccount("name = \"\"", "7:8: error: the name has 0 characters"),
        .inAccount("name = \"\(String(repeating: "é", count: 201))\"", "7:8: error: the name has 201 characters"),
        .inAccount("name = \"a\\u0007\"", "7:8: error: the name has a control character in it"),
        .inAccount("tls = \"none\"", "7:7: error: tls = \"none\" sends the password in the clear"),
        .inAccount(
            "tls = \"none\"\nallow-cleartext = false",
            "7:7: error: tls = \"none\" sends the password in the clear"),
        Mistake(
            archive + "[defaults]\ntls = \"none\"\n" + account + account.replacing("ann", with: "bob"),
            "4:7: error: tls = \"none\" sends the password in the clear"),
        Mistake(
            archive + account.replacing("pop.ex", with: "pop3s://pop.ex"),
            "4:8: error: the host is a URL, not a name"),
        Mistake(
            archive + account.replacing("pop.ex", with: "pop ex"),
            "4:8: error: the host has a space or a control character in it"),
        Mistake(
            archive + account.replacing("pop.example.org", with: "pop.example.org:995"),
            "4:8: error: the host has a \":\" in it and is not an IPv6 address"),
        Mistake(archive + account.replacing("\"ann\"", with: "\"\""), "5:8: error: the user is empty"),
        Mistake(
            archive + account.replacing("ann", with: "an\\r\\nn"),
            "5:8: error: the user has a line end or a NUL in it"),
        Mistake(
            archive + account.replacing("-env", with: "").replacing("PW", with: "p\\u0000w"),
            "6:12: error: the password has a line end or a NUL in it"),
        Mistake(
            archive + account.replacing("PW", with: "P W"),
            "6:16: error: password-env is not the name of an environment variable"),
        Mistake(
            archive + account.replacing("-env = \"PW\"", with: "-command = \"\""),
            "6:20: error: password-command is empty"),
        // Duplicates
        Mistake(
            archive + account + account.replacing("pop.", with: "POP."),
            "9:8: error: user ann at POP.example.org, port 995, stands twice, first at etc/accounts.toml:3:1"),
        Mistake(
            archive + account + account + "port = 110\n",
            "9:8: error: two accounts are named \"ann@pop.example.org\", the first at etc/accounts.toml:3:1"),
        Mistake(
            archive + account + account + "port = 110\nname = \"ann@pop.example.org\"\n",
            "12:8: error: two accounts are named \"ann@pop.example.org\", the first at etc/accounts.toml:3:1"),
        .inAccount("port = 1\nport = 2", "8:1: error: \"port\" stands twice, first at 7:1"),
        Mistake(
            archive + account + "[archive]\nformat = \"zip\"\n",
            "7:1: error: \"archive\" stands twice, first at 1:1", "8:10: error: format cannot be \"zip\""),
        // Not TOML
        .inAccount("port 995", "7:6: error: there is no \"=\" after the key"),
        .inAccount("port: 995", "7:5: error: there is no \"=\" after the key"),
        .inAccount("port = ", "7:8: error: there is no value after the \"=\""),
        .inAccount("tls = stls", "7:7: error: this is not a value"),
        .inAccount("tls = “stls”", "7:7: error: this is not a value"),
        .inAccount("port = 0995", "7:8: error: this is not a number that fits"),
        .inAccount("port = 99999999999999999999", "7:8: error: this is not a number that fits"),
        .inAccount("tls = \"stls", "7:7: error: the string does not end"),
        .inAccount("tls = \"\"\"stls\nport = 3", "7:7: error: the string does not end"),
        .inAccount("ca-file = \"C:\\pem\"", "7:14: error: there is no such escape"),
        .inAccount("name = \"\\uD800\"", "7:9: error: this escape is not a character"),
        .inAccount("name = \"a\u{1}b\"", "7:10: error: there is a control character in the string"),
        .inAccount("tls = \"stls\" port = 3", "7:14: error: something follows where the line should end"),
        .inAccount("[job", "7:5: error: the table header does not end"),
        .inAccount("= 3", "7:1: error: a key is expected here"),
        .inAccount("tls = [\"stls\"\n", "7:7: error: the array does not end"),
    ]
    static let files = FakeFiles(
        texts: ["/here/etc/secret": "", "/here/etc/open": "", "/here/etc/closed": ""], modes: ["/here/etc/open": 0o640],
        directories: ["/here/etc/dir"], unreadable: ["/here/etc/secret"])

    @Test("says what is wrong and where", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        #expect(Self.files.complaints(mistake.text) == mistake.complaints)
    }

    @Test("reports everything at once, with lines, carets and remedies") func golden() {
        let text = """
            [archive]
            path = "/a"
            format = "tarr"      # the default

            [[account]]
            hots = "pop.example.org"
            user = "ann"
            pasword = "hunter2"
            port = 70000

            [[account]]
            host = "pop3s://pop.example.org"
            \tuser = "b\u{202E}ob"
            \ttls = "none"
            password = "hunter2"
            """
        let error = #expect(throws: ManifestError.self) { try FakeFiles().parse(text, mode: 0o640) }
        #expect(
            error?.description == """
                etc/accounts.toml:3:10: error: format cannot be "tarr"
                  3 | format = "tarr"
                    |          ^~~~~~
                  remedy: did you mean "tar"? the values are "tar", "mbox"
                etc/accounts.toml:6:1: error: there is no key "hots" in [[account]]
                  6 | hots = "***************"
                    | ^~~~
                  remedy: did you mean "host"?
                etc/accounts.toml:8:1: error: there is no key "pasword" in [[account]]
                  8 | pasword = "*******"
                    | ^~~~~~~
                  remedy: did you mean "password"?
                etc/accounts.toml:9:8: error: port is out of range
                  9 | port = 70000
                    |        ^~~~~
                  remedy: write a number from 1 to 65535
                etc/accounts.toml:12:8: error: the host is a URL, not a name
                  12 | host = "pop3s://pop.example.org"
                     |        ^~~~~~~~~~~~~~~~~~~~~~~~~
                  remedy: write the bare name, for example host = "pop.example.org"; tls and port are keys of their own
                etc/accounts.toml:14:8: error: tls = "none" sends the password in the clear
                  14 |     tls = "none"
                     |           ^~~~~~
                  remedy: use "implicit" or "stls", or add allow-cleartext = true
                etc/accounts.toml:15:12: warning: the file holds passwords, and others than its owner have access to it
                  15 | password = "*******"
                     |            ^~~~~~~~~
                  remedy: chmod 600 etc/accounts.toml, or use password-command or password-file
                """)
    }

    @Test("escapes control characters and shows a window of a long line") func longLine() throws {
        let name = String(repeating: "x", count: 500) + "\u{202E}"
        let error = #expect(throws: ManifestError.self) {
            try FakeFiles().parse(archive + account + "name = \"\(name)\"\n")
        }
        let diagnostic = try #require(error?.diagnostics.first)
        #expect(diagnostic.sourceLine == "name = \"" + String(repeating: "x", count: 152) + "...")
        #expect(diagnostic.caretOffset == 7 && diagnostic.caretWidth == 153)
        let second = #expect(throws: ManifestError.self) {
            try FakeFiles().parse(archive + account + "x = \"\(name)\" \u{1B}[31m\n")
        }
        let line = try #require(second?.diagnostics.first?.sourceLine)
        #expect(line == "x = " + String(repeating: "*", count: 156) + "...")
    }

    @Test(
        "bytes that are not text are an error where they stand",
        arguments: [
            (Array("user = \"J".utf8) + [0xFC, 0x22], "1:10: this byte is not UTF-8"),
            (Array("a = 1\nb = \"".utf8) + [0xC3], "2:6: this byte is not UTF-8"),
            (Array("a = 1\n\0".utf8), "2:1: there is a NUL byte"),
        ])
    func notText(bytes: [UInt8], message: String) throws {
        let error = #expect(throws: ManifestError.self) {
            try Manifest.parse(bytes: bytes, path: "m", mode: 0o600, files: FakeFiles().files)
        }
        let item = try #require(error?.diagnostics.first)
        #expect("\(item.location.line):\(item.location.column): \(item.message)" == message)
    }

    @Test("warns of passwords that others may read", arguments: [UInt32(0o644), 0o640, 0o604])
    func modes(mode: UInt32) {
        let files = FakeFiles(texts: ["/pw": ""], modes: ["/pw": mode])
        let literal = archive + account.replacing("-env", with: "")
        #expect(
            files.complaints(literal, mode: mode) == [
                "6:12: warning: the file holds passwords, and others than its owner have access to it"
            ])
        #expect(files.complaints(archive + account, mode: mode).isEmpty)
        for key in ["file", "netrc"] {
            let text = archive + account.replacing("-env = \"PW", with: "-\(key) = \"/pw")
            let column = 12 + key.utf8.count + 1
            #expect(
                files.complaints(text, mode: mode) == [
                    "6:\(column): warning: others than its owner have access to the password file /pw"
                ])
        }
    }

    @Test("refuses passwords that others may write", arguments: [UInt32(0o620), 0o602, 0o666])
    func writable(mode: UInt32) {
        let files = FakeFiles(
            texts: ["/pw": "", "/home/ann/.netrc": ""], modes: ["/pw": mode, "/home/ann/.netrc": mode])
        let proxy = "proxy = \"socks5://ann@gw:1\"\nproxy-password-file = \"/pw\"\n"
        let texts = [
            (archive + account.replacing("-env = \"PW", with: "-file = \"/pw"), "6:17", "/pw"),
            (archive + account.replacing("-env = \"PW", with: "-netrc = \"/pw"), "6:18", "/pw"),
            (archive + account.replacing("-env = \"PW\"", with: "-netrc = true"), "6:18", "/home/ann/.netrc"),
            (archive + account + proxy, "8:23", "/pw"),
        ]
        for (text, place, path) in texts {
            #expect(
                files.complaints(text) == [
                    "\(place): error: others than its owner may write to the password file \(path)"
                ])
        }
    }
}
