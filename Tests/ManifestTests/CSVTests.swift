import Testing

@testable import Manifest

@Suite struct CSVTests {
    static let head = "accounts-csv = \"a.csv\"\n" + archive

    static func files(_ csv: String) -> FakeFiles { FakeFiles(texts: ["/here/etc/a.csv": csv, "/pw": ""]) }

    @Test("a row means what the same table means") func equivalence() throws {
        let keys: [(key: String, toml: String, csv: String)] = [
            ("name", "\"A, \\\"a\\\"\"", "\"A, \"\"a\"\"\""), ("host", "\"h.example\"", "h.example"),
            ("port", "1995", "1995"),
            ("tls", "\"none\"", "none"), ("allow-cleartext", "true", "true"), ("ca-file", "\"/pw\"", "/pw"),
            ("user", "\"u\"", "u"), ("password-file", "\"/pw\"", "\"/pw\""), ("delete", "\"never\"", "never"),
            ("connect-timeout", "7", "7"), ("reply-timeout", "\"500 ms\"", "500 ms"),
            ("login-timeout", "\"1 h\"", "1 h"),
            ("stall-timeout", "\"2 min\"", "2 min"),
        ]
        let toml = archive + "[[account]]\n" + keys.map { "\($0.key) = \($0.toml)\n" }.joined()
        let csv = keys.map(\.key).joined(separator: ",") + "\n" + keys.map(\.csv).joined(separator: ",") + "\n"
        var one = try Self.files("").parse(toml).accounts[0]
        var other = try Self.files(csv).parse(Self.head).accounts[0]
        #expect(one.location.description == "etc/accounts.toml:3:1")
        #expect(other.location.description == "etc/a.csv:2:1")
        one.location = other.location
        other.name += ""
        #expect(String(describing: one) == String(describing: other))
        #expect(other.name == "A, \"a\"" && other.secret == .file("/pw") && other.timeouts.stall == .seconds(120))
    }

    @Test("reads ten thousand rows") func many() throws {
        let rows = (0..<10_000).map { "pop\($0 % 7).example.org,user\($0),\"pass,\($0)\"\r\n" }.joined()
        let manifest = try Self.files("\u{FEFF}host,user,password\r\n" + rows).parse(Self.head)
        #expect(manifest.accounts.count == 10_000)
        let last = manifest.accounts[9_999]
        #expect(last.name == "user9999@pop3.example.org" && last.secret == .literal(Secret("pass,9999")))
        #expect(last.location == SourceLocation(file: "etc/a.csv", line: 10_001, column: 1))
    }

    @Test(
        "says what is wrong and where",
        arguments: [
            ("", ["etc/a.csv:1:1: error: the file has no header row"]),
            ("a,b\nc,d\n", ["etc/a.csv:1:1: error: the first row has no name of a key in it"]),
            (
                "host,usr,password\nh,u,p\n",
                [
                    "etc/a.csv:1:6: error: there is no key \"usr\" for a column"
                ]
            ),
            (
                "host,delete\nh,\nk,\n",
                [
                    "etc/a.csv:1:1: error: there is no column user",
                    "etc/a.csv:1:1: error: there is no column for the password",
                ]
            ),
            ("user,tls,password-env\nu,,P\n", ["etc/a.csv:1:1: error: there is no column host"]),
            ("host,user,password,host\nh,u,p,h\n", ["etc/a.csv:1:20: error: the column host stands twice"]),
            (
                "host,user,password\nh,u\nh,u,p,q\n",
                [
                    "etc/a.csv:2:3: error: the row has 2 fields, the header 3",
                    "etc/a.csv:3:7: error: the row has 4 fields, the header 3",
                ]
            ),
            (
                "host,user,password\nh,u\"x,p\nh,\"u\"x,p\nh,\"v\n,p\nh",
                [
                    "etc/a.csv:2:4: error: there is a quote inside a field that does not begin with one",
                    "etc/a.csv:3:6: error: something follows the closing quote",
                    "etc/a.csv:4:3: error: the quoted field does not end",
                ]
            ),
            (
                "host,user,password,port,tls\nh,,p,995,\nh,u,,x,no\nh,v,\"a\nb\",,\n",
                [
                    "etc/a.csv:2:1: error: the account has no user",
                    "etc/a.csv:3:1: error: the account has no password",
                    "etc/a.csv:3:6: error: port is a text, not an integer",
                    "etc/a.csv:3:8: error: tls cannot be \"no\"",
                    "etc/a.csv:4:5: error: the password has a line end or a NUL in it",
                ]
            ),
            (
                "host,user,password-file\nh,u,/pw\nh,w,no\nh,u,/pw\n",
                [
                    "etc/a.csv:3:5: error: password-file: there is no file /here/etc/no",
                    "etc/a.csv:4:3: error: user u at h, port 995, stands twice, first at etc/a.csv:2:1",
                ]
            ),
            ("host,user,password\n", ["1:1: error: the manifest has no account"]),
            ("host,user\nh,\0\n", ["etc/a.csv:2:3: error: there is a NUL byte"]),
        ])
    func mistakes(csv: String, complaints: [String]) {
        #expect(Self.files(csv).complaints(Self.head) == complaints)
    }

    @Test(
        "says what is wrong with the key itself",
        arguments: [
            ("\"b.csv\"", ["1:16: error: accounts-csv: there is no file /here/etc/b.csv"]),
            ("3", ["1:16: error: accounts-csv is an integer, not a string"]),
            ("[\"a.csv\", 4]", ["1:26: error: accounts-csv is an integer, not a string"]),
            ("[\"a.csv\", \"./a.csv\"]", ["1:26: error: the file is listed twice"]),
            ("[]", ["1:1: error: the manifest has no account"]),
        ])
    func key(value: String, complaints: [String]) {
        let files = Self.files("host,user,password-file\nh,u,/pw\n")
        #expect(files.complaints("accounts-csv = \(value)\n" + archive) == complaints)
    }

    @Test("finds duplicates across tables and files") func duplicates() {
        let files = Self.files("host,user,password-env\npop.example.org,ann,PW\n")
        #expect(
            files.complaints(Self.head + account) == [
                "etc/a.csv:2:17: error: user ann at pop.example.org, port 995, stands twice, first at etc/accounts.toml:4:1"
            ])
    }

    @Test("warns of passwords that others may read") func mode() {
        var files = Self.files("host,user,password\nh,u,p\nh,v,q\n")
        files.modes["/here/etc/a.csv"] = 0o644
        #expect(
            files.complaints(Self.head, mode: 0o644) == [
                "etc/a.csv:2:5: warning: the file holds passwords, and others than its owner have access to it"
            ])
    }

    @Test("quirk 2: warns that an account of recent: is never drained in full") func recent() {
        let files = Self.files("host,user,password-env\nh,Recent:bob@h,PW\nh,recent,PW\n")
        let manifest = Self.head + account.replacing("\"ann\"", with: "\"recent:ann\"")
        #expect(
            files.complaints(manifest).map { $0.prefix { $0 != "," } } == [
                "6:8: warning: the server shows this user the last 30 days only",
                "etc/a.csv:2:3: warning: the server shows this user the last 30 days only",
            ])
    }

    @Test("text cut at any byte is read or refused, never a crash") func truncated() {
        let csv = Array("host,user,password\r\n\"h\",\"a\"\"b\",\"c\nd\"\r\nh,ü,p\r\n".utf8)
        for count in 0...csv.count {
            let text = String(decoding: csv[..<count], as: UTF8.self)
            _ = Self.files(text).complaints(Self.head)
        }
    }
}
