import Manifest
import Testing

@testable import Import

@Suite struct ImportTests {
    private static func account(_ secret: ForeignAccount.Secret?, user: String = "ann") -> ForeignAccount {
        var account = ForeignAccount(
            line: 3, name: "\(user)@h", host: "h", tls: .implicit, user: user, uniqueIDFile: "/ids")
        account.secret = secret
        return account
    }

    private static func text(_ accounts: [ForeignAccount], _ passwords: ManifestText.Passwords) -> ManifestText {
        ManifestText(accounts, of: .mpop, configuration: "/rc", archive: "/mail \"x\"", passwords: passwords)
    }

    @Test("the manifest that is written says what the configuration said") func roundTrip() throws {
        var account = Self.account(.command("pass show \"a\\b\""), user: "a\"\\\u{e9}")
        (account.port, account.auth, account.replyTimeoutSeconds) = (1995, "apop", 20)
        (account.proxy, account.sourceAddress, account.deletes) = ("socks5://gw:1080", "192.0.2.1", true)
        let manifest = try Manifest.parse(text: Self.text([account], .leftOut).text, path: "/m.toml")
        let read = try #require(manifest.accounts.first)
        #expect(read.name == account.name && read.user == account.user && read.host == "h" && read.port == 1995)
        #expect(read.secret == .command("pass show \"a\\b\"") && read.tls == .implicit && read.deletion == .never)
        #expect(read.authentication == .apop && read.timeouts.reply == .seconds(20))
        #expect(read.route.way == .proxy(Proxy(.socks5, host: "gw", port: 1080)))
        #expect(read.route.sourceAddress == "192.0.2.1")
        #expect(manifest.archive.path == "/mail \"x\"")
    }

    @Test("a literal password goes into a file of its own or nowhere, and is never shown") func literals() {
        let accounts = [Self.account(.literal("hunter-1")), Self.account(.literal("hunter-2"), user: "bob")]
        let files = Self.text(accounts, .files(prefix: "/m.toml"))
        #expect(files.passwordFiles.map(\.path) == ["/m.toml.password-1", "/m.toml.password-2"])
        #expect(files.passwordFiles.map(\.password) == ["hunter-1", "hunter-2"])
        #expect(files.text.contains("password-file = \"/m.toml.password-2\""))
        let none = Self.text(accounts, .leftOut)
        #expect(none.passwordFiles.isEmpty && none.text.contains("# the password stands near line 3"))
        for shown in [files.text, none.text, "\(accounts)", String(reflecting: accounts)] {
            #expect(!shown.contains("hunter"))
        }
    }

    @Test("a file that is no text is refused with its line, and so is a large one", arguments: ForeignTool.allCases)
    func noText(tool: ForeignTool) {
        let place = Surroundings(home: "/", workingDirectory: "/", folder: "/")
        let bytes = Array("# a\n# b\n# ".utf8) + [0xFF]
        #expect(Import.configuration(tool, bytes, place).remarks.map(\.line) == [3])
        let large = [UInt8](repeating: 0x20, count: Import.configurationByteLimit + 1)
        #expect(Import.configuration(tool, large, place).hasMistakes)
    }

    @Test("any cut of a configuration is read or refused", arguments: ForeignTool.allCases)
    func cuts(tool: ForeignTool) {
        let texts: [ForeignTool: String] = [
            .mpop: "defaults\ntls on\naccount a\nhost h\nuser \"u\"\naccount b : a\ndelivery mbox ~/x",
            .getmail: "[retriever]\ntype = SimplePOP3Retriever\npassword_command = (\"a\",\n  'b\\'')\n[x]\ny=1",
            .fetchmail: "poll \"a\\x4\\07\\200\" via b user 'c' there is d here pass \"e\\\n\" no keep set no x",
        ]
        let bytes = Array(texts[tool]!.utf8)
        let place = Surroundings(home: "/", workingDirectory: "/", folder: "/")
        for start in 0..<bytes.count {
            for end in start...bytes.count {
                let found = Import.configuration(tool, Array(bytes[start..<end]), place)
                #expect(found.hasMistakes || !found.accounts.isEmpty)
            }
        }
    }

    @Test("unique-ids are counted in the lists of each program") func uniqueIDs() {
        func count(_ tool: ForeignTool, _ text: String, user: String = "ann") -> Int? {
            UniqueIDFile.count(tool, Array(text.utf8), of: Self.account(nil, user: user))
        }
        let mpop = "# made by mpop\n#\n 2 h ann\na\nb\n 1 h bob smith\nc\n 0 h eve\n"
        #expect(count(.mpop, mpop) == 2)
        #expect(count(.mpop, mpop, user: "bob smith") == 1)
        #expect(count(.mpop, mpop, user: "eve") == 0)
        #expect(count(.mpop, mpop, user: "zoe") == nil)
        #expect(count(.getmail, "a\0001\nb c\0002\nmalformed\n") == 2)
        #expect(count(.fetchmail, "ann@h a\nann@h b c\nbob@h d\nann@h\n") == 2)
        #expect(count(.fetchmail, "ann@h a\n", user: "zoe") == nil)
    }
}
