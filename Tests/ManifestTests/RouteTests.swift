import Testing

@testable import Manifest

@Suite struct RouteTests {
    static let files = FakeFiles(texts: ["/here/etc/pp": "x"])

    /// The route of an account with these lines more.
    private static func route(_ lines: String, defaults: String = "") throws -> Route {
        let text = archive + (defaults.isEmpty ? "" : "[defaults]\n\(defaults)\n") + account + lines + "\n"
        return try files.parse(text).accounts[0].route
    }

    @Test("without a key the route is direct")
    func direct() throws {
        #expect(try Self.route("") == Route())
        #expect(try Self.route("proxy = \"none\"\naddress-family = \"any\"") == Route())
    }

    @Test(
        "reads proxies",
        arguments: [
            ("socks5://127.0.0.1:1080", Proxy(.socks5, host: "127.0.0.1", port: 1080)),
            ("socks5h://gw.example:9050/", Proxy(.socks5, host: "gw.example", port: 9050)),
            ("HTTP://[2001:db8::1]:3128", Proxy(.http, host: "2001:db8::1", port: 3128)),
            (
                "socks5://ann%40corp%25@x:1",
                Proxy(.socks5, host: "x", port: 1, user: "ann@corp%", secret: .file("/here/etc/pp"))
            ),
            ("http://ann@gw:8080", Proxy(.http, host: "gw", port: 8080, user: "ann", secret: .file("/here/etc/pp"))),
        ])
    func proxies(url: String, proxy: Proxy) throws {
        let secret = proxy.user == nil ? "" : "proxy-password-file = \"pp\""
        #expect(try Self.route("proxy = \"\(url)\"\n\(secret)") == Route(.proxy(proxy)))
    }

    @Test("reads the other keys")
    func others() throws {
        #expect(try Self.route("socket = \"run/pop.sock\"") == Route(.socket(path: "/here/etc/run/pop.sock")))
        let command = "ssh -W %h:%p gw # 100%%"
        #expect(try Self.route("tunnel-command = \"\(command)\"") == Route(.tunnel(Secret(command))))
        #expect(
            try Self.route("source-address = \"192.0.2.1\"\naddress-family = \"ipv4\"")
                == Route(family: .ipv4, sourceAddress: "192.0.2.1"))
        #expect(try Self.route("source-address = \"2001:db8::1\"").sourceAddress == "2001:db8::1")
        let proxy = Proxy(.http, host: "gw", port: 1, user: "u", secret: .environment("PP"))
        #expect(
            try Self.route("proxy = \"http://u@gw:1\"\nproxy-password-env = \"PP\"\nsource-address = \"192.0.2.1\"")
                == Route(.proxy(proxy), sourceAddress: "192.0.2.1"))
    }

    @Test("an account's own way takes the place of the one in [defaults]")
    func defaults() throws {
        let proxy = "proxy = \"socks5://u@gw:1080\"\nproxy-password-env = \"PP\"\n"
        let through = Proxy(.socks5, host: "gw", port: 1080, user: "u", secret: .environment("PP"))
        #expect(try Self.route("", defaults: proxy) == Route(.proxy(through)))
        #expect(try Self.route("proxy = \"none\"", defaults: proxy) == Route())
        #expect(try Self.route("socket = \"/s\"", defaults: proxy) == Route(.socket(path: "/s")))
        let other = Proxy(.http, host: "x", port: 2)
        #expect(try Self.route("proxy = \"http://x:2\"", defaults: proxy) == Route(.proxy(other)))
        let own = Proxy(.socks5, host: "gw", port: 1080, user: "u", secret: .file("/here/etc/pp"))
        #expect(try Self.route("proxy-password-file = \"pp\"", defaults: proxy) == Route(.proxy(own)))
        // What is for the network is not for a socket.
        let network = "source-address = \"192.0.2.1\"\naddress-family = \"ipv4\""
        #expect(try Self.route("socket = \"/s\"", defaults: network) == Route(.socket(path: "/s")))
        #expect(try Self.route("", defaults: network) == Route(family: .ipv4, sourceAddress: "192.0.2.1"))
    }

    @Test(
        "a domain stands in place of a host, and leaves the service open unless tls is given",
        arguments: [
            ("", TLSMode.implicit, UInt16(995), true), ("tls = \"implicit\"", .implicit, 995, false),
            ("tls = \"stls\"", .stls, 110, false), ("tls = \"none\"\nallow-cleartext = true", .none, 110, false),
        ])
    func domain(lines: String, tls: TLSMode, port: UInt16, tlsMayDiffer: Bool) throws {
        let text = account.replacing("host = \"pop.example.org\"", with: "domain = \"example.org.\"")
        for (defaults, table) in [
            ("", text), ("host = \"h\"\nport = 1\n", text),
            ("domain = \"example.org\"\n", account.replacing("host = \"pop.example.org\"\n", with: "")),
        ] {
            let only = try Self.files.parse(archive + "[defaults]\n" + defaults + table + lines + "\n").accounts[0]
            #expect(only.name == "ann@example.org" && only.host == "example.org")
            #expect(only.tls == tls && only.port == port)
            #expect(only.route == Route(.domain(tlsMayDiffer: tlsMayDiffer)))
        }
        let own = try Self.files.parse(archive + "[defaults]\ndomain = \"example.net\"\n" + account).accounts[0]
        #expect(own.host == "pop.example.org" && own.route == Route())
    }

    static let mistakes: [Mistake] = [
        .inAccount("proxy = \"gw:1080\"", "7:9: error: proxy is not the URL of a proxy"),
        .inAccount("proxy = \"\"", "7:9: error: proxy is not the URL of a proxy"),
        .inAccount("proxy = \"https://gw:1\"", "7:9: error: proxy is of a kind that is not spoken"),
        .inAccount("proxy = \"socks4://gw:1\"", "7:9: error: proxy is of a kind that is not spoken"),
        .inAccount("proxy = \"socks5://u:p@gw:1\"", "7:9: error: proxy has a password in it"),
        .inAccount("proxy = \"socks5://u:p@x@gw:1\"", "7:9: error: proxy has a password in it"),
        .inAccount("proxy = \"http://gw\"", "7:9: error: proxy has no port at its end"),
        .inAccount("proxy = \"http://gw:0\"", "7:9: error: proxy has no port at its end"),
        .inAccount("proxy = \"http://gw:+1\"", "7:9: error: proxy has no port at its end"),
        .inAccount("proxy = \"http://gw:70000\"", "7:9: error: proxy has no port at its end"),
        .inAccount("proxy = \"http://gw:1/path\"", "7:9: error: proxy has no port at its end"),
        .inAccount("proxy = \"http://:1\"", "7:9: error: proxy: the host is empty"),
        .inAccount("proxy = \"http://a b:1\"", "7:9: error: proxy: the host has a space or a control character in it"),
        .inAccount("proxy = \"http://u@v@gw:1\"", "7:9: error: the user in proxy cannot be read"),
        .inAccount("proxy = \"http://@gw:1\"", "7:9: error: the user in proxy cannot be read"),
        .inAccount("proxy = \"http://%4@gw:1\"", "7:9: error: the user in proxy cannot be read"),
        .inAccount("proxy = \"http://%0A@gw:1\"", "7:9: error: the user in proxy cannot be read"),
        .inAccount("proxy = \"http://%FF@gw:1\"", "7:9: error: the user in proxy cannot be read"),
        .inAccount(
            "proxy = \"http://%3A@gw:1\"",
            "7:9: error: the user in proxy has a \":\" in it, which HTTP cannot send (RFC 7617)"
        ),
        .inAccount("proxy = 3", "7:9: error: proxy is an integer, not a string"),
        .inAccount("proxy = \"http://u@gw:1\"", "7:9: error: the user of the proxy has no password"),
        .inAccount(
            "proxy = \"http://gw:1\"\nproxy-password-env = \"P\"",
            "8:22: error: there is a password for a proxy, and no user of one"),
        Mistake(
            archive + "[defaults]\nproxy = \"http://gw:1\"\nproxy-password-env = \"P\"\n" + account,
            "5:22: error: there is a password for a proxy, and no user of one"),
        .inAccount("proxy-password-env = \"P\"", "7:22: error: there is a password for a proxy, and no user of one"),
        .inAccount(
            "proxy = \"http://u@gw:1\"\nproxy-password-env = \"s e\"",
            "8:22: error: proxy-password-env is not the name of an environment variable"),
        .inAccount(
            "proxy = \"http://u@gw:1\"\nproxy-password-file = \"no\"",
            "8:23: error: proxy-password-file: there is no file /here/etc/no"),
        .inAccount(
            "proxy = \"http://u@gw:1\"\nproxy-password-file = \"pp\"\nproxy-password-env = \"P\"",
            "9:1: error: there is more than one source of the proxy's password"),
        .inAccount(
            "proxy = \"http://gw:1\"\nsocket = \"/s\"", "8:1: error: there is more than one way to the server"),
        .inAccount(
            "socket = \"/s\"\ntunnel-command = \"x\"", "8:1: error: there is more than one way to the server"),
        .inAccount(
            "socket = \"/\(String(repeating: "s", count: 107))\"",
            "7:10: error: socket: the path has more than 107 bytes, the most that Linux takes"),
        .inAccount("tunnel-command = \" \"", "7:18: error: tunnel-command is empty, or has a NUL in it"),
        .inAccount("tunnel-command = \"a\\u0000\"", "7:18: error: tunnel-command is empty, or has a NUL in it"),
        .inAccount("tunnel-command = \"a %x\"", "7:18: error: tunnel-command has a \"%\" that stands for nothing"),
        .inAccount("tunnel-command = \"a %\"", "7:18: error: tunnel-command has a \"%\" that stands for nothing"),
        .inAccount("source-address = \"eth0\"", "7:18: error: source-address is no IP address"),
        .inAccount("source-address = \"192.0.2.1/24\"", "7:18: error: source-address is no IP address"),
        .inAccount("address-family = \"ipv5\"", "7:18: error: address-family cannot be \"ipv5\""),
        .inAccount(
            "source-address = \"::1\"\naddress-family = \"ipv4\"",
            "7:18: error: source-address is of another family than address-family allows"),
        .inAccount(
            "source-address = \"::1\"\nsocket = \"/s\"", "7:18: error: source-address cannot be used with socket"),
        .inAccount(
            "address-family = \"ipv6\"\ntunnel-command = \"x\"",
            "7:18: error: address-family cannot be used with tunnel-command"),
        Mistake(
            archive + account.replacing("pop.example.org", with: "192.0.2.7") + "address-family = \"ipv6\"\n",
            "4:8: error: the host is an address of another family than address-family allows"),
        .inAccount("domain = \"example.org\"", "7:1: error: there is more than one name of the server"),
        Mistake(
            archive + account.replacing("host = \"pop.", with: "domain = \"pop3://"),
            "4:10: error: the domain is not a valid name"),
        Mistake(
            archive + account.replacing("host = \"pop.example.org", with: "domain = \"192.0.2.1"),
            "4:10: error: the domain is not a valid name"),
        Mistake(
            archive + account.replacing("host = \"pop.", with: "domain = \"") + "port = 995\n",
            "7:8: error: port cannot be used with domain, whose SRV records tell it"),
        Mistake(
            archive + account.replacing("host = \"pop.", with: "domain = \"") + "socket = \"/s\"\n",
            "4:10: error: domain cannot be used with socket"),
        Mistake(
            archive + "[defaults]\nproxy = \"http://gw:1\"\n" + account.replacing("host = \"pop.", with: "domain = \""),
            "6:10: error: domain cannot be used with proxy"),
    ]

    @Test("says what is wrong and where", arguments: mistakes)
    func mistake(_ mistake: Mistake) {
        #expect(Self.files.complaints(mistake.text) == mistake.complaints)
    }

    @Test(
        "no diagnostic, description or dump shows what may be a secret",
        arguments: [
            "proxy = \"http://u:hunter2@gw:1\"", "proxy = \"u:hunter2@gw\"", "proxy = \"http://u:hunter2\"",
            "proxy = \"http://u%3Ahunter2@gw:1\"", "proxy-password = \"hunter2\"", "proxy-password-env = \"hunter2 \"",
            "tunnel-command = \"sshpass -p hunter2 %x\"", "socket = \"http://u:hunter2@gw\"",
            "source-address = \"\"\"::1\"\npassword = \"hunter2\"\nx\"\"\"",
            "tunnel-command = \"hunter2\"\nport = 0", "domain = \"u:hunter2@example.org\"",
        ])
    func hidden(line: String) {
        let error = #expect(throws: ManifestError.self) { try Self.files.parse(archive + account + line + "\n") }
        #expect(error?.description.contains("hunter2") == false, "\(String(describing: error))")
    }

    @Test("a tunnel command is shown nowhere")
    func tunnelCommand() throws {
        let manifest = try Self.files.parse(archive + account + "tunnel-command = \"sshpass -p hunter2 ssh\"\n")
        var text = "\(manifest) \(String(reflecting: manifest.accounts[0].route))"
        dump(manifest, to: &text)
        #expect(!text.contains("hunter2"))
    }

    @Test("warns of a proxy's password that others may read")
    func modes() {
        let files = FakeFiles(texts: ["/pp": "x"], modes: ["/pp": 0o644])
        #expect(
            files.complaints(archive + account + "proxy = \"http://u@gw:1\"\nproxy-password-file = \"/pp\"\n") == [
                "8:23: warning: others than its owner have access to the password file /pp"
            ])
    }

    @Test("a row of a CSV file means the same")
    func csv() throws {
        let rows = """
            domain,user,password-env,proxy,proxy-password-env,socket,tunnel-command,source-address,address-family,host
            ,a,P,socks5://u@gw:1,PP,,,192.0.2.1,ipv4,h
            ,b,P,,,/s,,,,h
            ,c,P,,,,ssh -W %h:%p gw,,,h
            example.org,d,P,,,,,,,
            """
        let accounts = try CSVTests.files(rows).parse(CSVTests.head).accounts
        let proxy = Proxy(.socks5, host: "gw", port: 1, user: "u", secret: .environment("PP"))
        #expect(
            accounts.map(\.route) == [
                Route(.proxy(proxy), family: .ipv4, sourceAddress: "192.0.2.1"), Route(.socket(path: "/s")),
                Route(.tunnel(Secret("ssh -W %h:%p gw"))), Route(.domain(tlsMayDiffer: true)),
            ])
        #expect(accounts.map(\.name) == ["a@h", "b@h", "c@h", "d@example.org"])
        #expect(
            CSVTests.files("user,password-env,domain\na,P,\n").complaints(CSVTests.head) == [
                "etc/a.csv:2:1: error: the account has no host"
            ])
    }
}
