import Testing

@testable import Manifest

@Suite struct ManifestTests {
    static let full = """
        accounts-csv = "more.csv"

        [archive]
        path = "../mail"          # beside etc
        format = "mbox"
        volume-bytes = "256 MiB"
        compression = "small"

        [job]
        parallel = 16
        parallel-per-host = 2
        memory = "256 MiB"

        [defaults]
        host = "pop.example.org"
        tls = "stls"
        password-command = "pass mail"
        reply-timeout = "90 s"

        [[account]]
        name = "Ann"
        user = "ann"
        password-file = "~/pw"
        ca-file = "ca.pem"
        port = 1110
        connect-timeout = 5
        login-timeout = "2 min"
        stall-timeout = "1 h"
        delete = "never"

        [[account]]
        host = "[::1]"
        user = "bob@::1"
        tls = "none"
        allow-cleartext = true
        """
    static let files = FakeFiles(texts: [
        "/home/ann/pw": "x", "/here/etc/ca.pem": "x",
        "/here/etc/more.csv": "user,tls\r\ncarl,implicit\r\n\r\n\"d\"\"e\",\r\n",
    ])

    @Test("reads every key") func full() throws {
        let manifest = try Self.files.parse(Self.full)
        #expect(manifest.path == "etc/accounts.toml")
        #expect(
            manifest.archive
                == ArchiveSettings(
                    path: "/here/etc/../mail", format: .mbox, volumeByteLimit: 256 << 20, compression: .small))
        #expect(manifest.job == JobSettings(parallel: 16, parallelPerHost: 2, memoryByteLimit: 256 << 20))
        #expect(manifest.warnings.isEmpty)
        #expect(manifest.accounts.map(\.name) == ["Ann", "bob@::1", "carl@pop.example.org", "d\"e@pop.example.org"])
        #expect(manifest.accounts.map(\.host) == ["pop.example.org", "::1", "pop.example.org", "pop.example.org"])
        #expect(manifest.accounts.map(\.port) == [1110, 110, 995, 110])
        #expect(manifest.accounts.map(\.tls) == [.stls, .none, .implicit, .stls])
        #expect(manifest.accounts.map(\.allowCleartext) == [false, true, false, false])
        #expect(manifest.accounts.map(\.tlsPolicy.caFile) == ["/here/etc/ca.pem", nil, nil, nil])
        let command = SecretSource.command("pass mail")
        #expect(manifest.accounts.map(\.secret) == [.file("/home/ann/pw"), command, command, command])
        #expect(
            manifest.accounts.map(\.location.description) == [
                "etc/accounts.toml:20:1", "etc/accounts.toml:31:1", "etc/more.csv:2:1", "etc/more.csv:4:1",
            ])
        var timeouts = Timeouts()
        (timeouts.greeting, timeouts.reply) = (.seconds(90), .seconds(90))
        #expect(manifest.accounts[1].timeouts == timeouts)
        (timeouts.connect, timeouts.login, timeouts.stall) = (.seconds(5), .seconds(120), .seconds(3600))
        #expect(manifest.accounts[0].timeouts == timeouts)
    }

    @Test("fills in what a short manifest leaves out") func short() throws {
        let manifest = try FakeFiles().parse(archive + account)
        #expect(manifest.archive == ArchiveSettings(path: "/a"))
        #expect(manifest.archive.volumeByteLimit == 1_073_741_824)
        #expect(manifest.job == JobSettings())
        let only = manifest.accounts[0]
        #expect(only.name == "ann@pop.example.org")
        #expect(only.port == 995 && only.tls == .implicit && !only.allowCleartext && only.deletion == .never)
        #expect(only.timeouts == Timeouts())
    }

    @Test(
        "resolves paths",
        arguments: [
            ("mail", "/here/etc/mail"), ("./mail/", "/here/etc/mail"), ("/srv//mail", "/srv/mail"),
            ("~/mail", "/home/ann/mail"),
            ("~", "/home/ann"), ("/", "/"),
        ])
    func paths(written: String, absolute: String) throws {
        #expect(try FakeFiles().parse("[archive]\npath = \"\(written)\"\n" + account).archive.path == absolute)
    }

    @Test("takes accounts from an inline array") func inline() throws {
        let text = "account = [{ host = \"h\", user = \"u\", password = \"p\" }]\n" + archive
        let only = try FakeFiles().parse(text).accounts[0]
        #expect(only.secret == .literal(Secret("p")))
        #expect(only.location.description == "etc/accounts.toml:1:12")
    }

    @Test("reads a manifest with a byte order mark and CRLF") func foreign() throws {
        let text = "\u{FEFF}" + (archive + account).replacing("\n", with: "\r\n")
        #expect(try FakeFiles().parse(text).accounts.count == 1)
        #expect(
            FakeFiles().complaints("\u{FEFF}x = 1\r\n" + archive + account) == [
                "1:1: error: there is no key \"x\" at the top"
            ])
    }

    @Test("a missing manifest is an error that names it") func missing() {
        let error = #expect(throws: ManifestError.self) {
            try Manifest.load(path: "no\u{1B}such.toml", files: FakeFiles().files)
        }
        #expect(
            error?.description == """
                no\\u{1B}such.toml:1:1: error: the manifest cannot be read: No such file or directory
                  remedy: check the path and its permissions; man 5 mailcask-manifest shows how to write one
                """)
    }

    @Test("text cut at any byte is read or refused, never a crash") func truncated() {
        let bytes = Array(Self.full.utf8)
        for count in 0..<bytes.count {
            _ = try? Manifest.parse(
                bytes: Array(bytes[..<count]), path: "m.toml", mode: 0o644, files: Self.files.files)
        }
    }

    @Test("text with any byte replaced is read or refused, never a crash", arguments: Array("\"'\\[{#=\n\0\u{7F}".utf8))
    func mutated(byte: UInt8) {
        var bytes = Array(Self.full.utf8)
        for index in bytes.indices {
            let old = bytes[index]
            bytes[index] = byte
            _ = try? Manifest.parse(bytes: bytes, path: "m.toml", mode: 0o644, files: Self.files.files)
            bytes[index] = old
        }
    }

    @Test("ten thousand tables are ten thousand accounts") func many() throws {
        let tables = (0..<10_000).map { "[[account]]\nuser = \"u\($0)\"\npassword = \"p\($0)\"\n" }.joined()
        let manifest = try FakeFiles().parse(archive + "[defaults]\nhost = \"h\"\n" + tables)
        #expect(manifest.accounts.count == 10_000)
        #expect(manifest.accounts[9_999].secret == .literal(Secret("p9999")))
    }
}
