import Testing

@testable import Import

@Suite struct GetmailReaderTests {
    private static let retriever = """
        [retriever]
        type = SimplePOP3SSLRetriever
        server = pop.example.org
        username: ann

        """

    @Test("a retriever, a destination and options become an account") func account() throws {
        let found = read(
            .getmail,
            Self.retriever
                + """
                port = 1995
                Password_Command = ("pass", "show",
                    'mail/it''s', "an\\"n")
                ca_certs = ~/ca.pem
                certfile = /me.pem
                keyfile = /me.key
                ssl_cert_hostname = mail.example.org
                timeout = 60

                [destination]
                type = Maildir
                path = ~/Mail/
                ; a comment
                [options]
                delete_after = 30
                """.replacing("''", with: "\\'"))
        #expect(found.remarks.isEmpty)
        let account = try #require(found.accounts.first)
        #expect(account.name == "ann@pop.example.org" && account.port == 1995 && account.tls == .implicit)
        #expect(account.secret == .command("pass show 'mail/it'\\''s' 'an\"n'"))
        #expect(account.caFile == "/home/me/ca.pem" && account.replyTimeoutSeconds == 60 && account.deletes)
        #expect(account.clientCertificateFile == "/me.pem" && account.clientKeyFile == "/me.key")
        #expect(account.serverName == "mail.example.org")
        #expect(account.folder == ForeignAccount.Folder(.maildir, "/home/me/Mail/"))
        #expect(account.uniqueIDFile == "/home/me/dir/oldmail-pop.example.org-1995-ann")
    }

    @Test("what getmail does not delete, it is not said to") func keeps() {
        #expect(read(.getmail, Self.retriever + "[options]\ndelete = false").accounts.map(\.deletes) == [false])
        #expect(read(.getmail, Self.retriever + "[options]\ndelete = Yes").accounts.map(\.deletes) == [true])
    }

    @Test("a password in netrc stays there") func netrc() {
        let options = Self.retriever + "[options]\nuse_netrc = true\n"
        #expect(read(.getmail, options).accounts.map(\.secret) == [.netrc(nil)])
        #expect(read(.getmail, options + "netrc_file = ~/n").accounts.map(\.secret) == [.netrc("/home/me/n")])
    }

    @Test("the list of unique-ids has the name that getmail makes") func uniqueIDFile() throws {
        let found = read(.getmail, "[retriever]\ntype = SimplePOP3Retriever\nserver = h\nusername = a:b;/c\n")
        let account = try #require(found.accounts.first)
        #expect(account.uniqueIDFile == "/home/me/dir/oldmail-h-110-a-b-c")
        #expect(account.tls == .stls)
        #expect(found.remarks.map(\.line) == [2])
    }

    @Test(
        "what has no counterpart is told with its line, and without its value",
        arguments: [
            "ssl_version = secret-4711", "ssl_ciphers = secret-4711", "[options]\nmax_message_size = 10",
            "[filter-1]\ntype = secret-4711", "[destination]\ntype = MDA_external\npath = secret-4711",
            "[options]\nreceived = false", "[options]\nmax_bytes_per_session = 1",
        ])
    func untranslated(text: String) {
        let found = read(.getmail, Self.retriever + text)
        #expect(found.accounts.count == 1 && !found.hasMistakes)
        #expect(found.remarks.count == 1 && found.remarks[0].line >= 5)
        #expect(!found.remarks.contains { $0.text.contains("4711") })
    }

    @Test(
        "mistakes are told with their line",
        arguments: [
            ("server = h", 1, "before the first [section]"), ("[retriever]\nserver", 2, "neither"),
            ("[retriever]\ntype = SimpleIMAPRetriever", 2, "not one of POP3"),
            ("[retriever]\ntype = SimplePOP3Retriever\nserver = h", 2, "no username"), ("", 1, "no [retriever]"),
            (retriever + "port = many", 5, "up to 65535"), (retriever + "server = h", 5, "already"),
            (retriever + "[retriever]", 5, "already"), (retriever + "pasword = x", 5, "no such key"),
            (retriever + "password_command = pass", 5, "no tuple"),
            (retriever + "password_command = (pass)", 5, "no tuple"),
        ])
    func mistakes(text: String, line: Int, told: String) {
        let found = read(.getmail, text)
        let told = found.remarks.filter { $0.kind == .mistake && $0.line == line && $0.text.contains(told) }
        #expect(told.count == 1, "\(found.remarks)")
    }

    @Test(
        "tuples of Python are read, and nothing else",
        arguments: [
            ("()", []), ("('a')", ["a"]), ("('a',)", ["a"]), ("( \"a b\" , 'c\\'d' )", ["a b", "c'd"]),
            ("('a' 'b')", nil),
            ("('a", nil), ("'a'", nil), ("('a') + ()", nil), ("(1)", nil), ("('\\x41')", nil),
        ] as [(String, [String]?)])
    func tuples(text: String, strings: [String]?) {
        #expect(PythonTuple.strings(text) == strings)
    }
}
