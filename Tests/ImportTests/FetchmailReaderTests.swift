import Testing

@testable import Import

@Suite struct FetchmailReaderTests {
    @Test("servers and users, with noise words and defaults") func servers() throws {
        let found = read(
            .fetchmail,
            #"""
            # comment
            set idfile ~/ids
            defaults proto pop3 timeout 60 ssl
            poll a.example with proto POP3 and options uidl
               user 'ann' there with pass "a\"b\x41\t\065\66" is me here options keep
            poll "label" via b.example port 1995 auth cram-md5 plugin "ssh gw nc %h %p"
               user keep there is me here password keep options no ssl sslproto '' no keep
               user bob to me here pass b#c sslcertfile /ca.pem sslcert /me.pem sslkey /me.key sslcommonname mail.b
            """#)
        #expect(found.remarks.map(\.line) == [7], "\(found.remarks)")
        #expect(found.accounts.map(\.user) == ["ann", "keep", "bob"])
        let (ann, keep, bob) = (found.accounts[0], found.accounts[1], found.accounts[2])
        #expect(ann.secret == .literal("a\"bA\t5B") && !ann.deletes && ann.tls == .implicit)
        #expect(ann.replyTimeoutSeconds == 60 && ann.uniqueIDFile == "/home/me/ids")
        #expect(keep.host == "b.example" && keep.port == 1995 && keep.auth == "cram-md5" && keep.tls == .stls)
        #expect(keep.tunnelCommand == "ssh gw nc %h %p" && keep.secret == .literal("keep") && keep.deletes)
        #expect(bob.clientCertificateFile == "/me.pem" && bob.clientKeyFile == "/me.key" && bob.serverName == "mail.b")
        #expect(bob.secret == .literal("b#c") && bob.caFile == "/ca.pem" && bob.tls == .implicit && bob.port == 1995)
    }

    @Test("the name before `here` is of this machine, that before `there` of the server") func localNames() {
        let found = read(.fetchmail, "poll h proto pop3 username me here is \"carl#x\" there pass 12 wants mda \"x y\"")
        #expect(found.accounts.map(\.user) == ["carl#x"])
        #expect(found.accounts.map(\.secret) == [.literal("12")])
    }

    @Test("accounts that share a user and a host get names of their own") func names() {
        let found = read(
            .fetchmail, "poll a via localhost port 1 user u pass p poll b via localhost port 2 user u pass p")
        #expect(found.accounts.map(\.name) == ["u@localhost", "u@localhost:2"])
    }

    @Test(
        "what has no counterpart is told with its line, and without its value",
        arguments: [
            "mda secret-4711", "limit 10", "preconnect 'secret-4711'", "folder a, secret-4711", "no sslcertck",
            "sslcertpath secret-4711", "fetchlimit 3", "flush", "sslfingerprint '11:22'", "sslproto ''",
        ])
    func untranslated(option: String) {
        let found = read(.fetchmail, "poll h proto pop3 user\nu pass p \(option)")
        #expect(found.accounts.count == 1 && !found.hasMistakes, "\(found.remarks)")
        #expect(found.remarks.count == 1)
        #expect(!found.remarks.contains { $0.text.contains("4711") })
    }

    @Test(
        "options of which nothing need be told are passed over",
        arguments: ["rewrite", "stripcr", "fetchall", "fastuidl 4", "smtphost a, b", "antispam 571 550", "expunge 5"])
    func innocent(option: String) {
        let found = read(.fetchmail, "poll h proto pop3 user u pass p \(option) keep")
        #expect(found.remarks.isEmpty && found.accounts.map(\.deletes) == [false])
    }

    @Test(
        "mistakes are told with their line",
        arguments: [
            ("poll h\nuser u pass", 2, "nothing behind"), ("poll h user u pass \"p", 1, "no end"),
            ("poll h", 1, "no user"), ("user u", 1, "before the first server"), ("keep", 1, "before the first server"),
            ("poll h\nkeep user u", 2, "before the first user"), ("poll h proto imap user u", 1, "not POP3"),
            ("poll h user u\nnonsense", 2, "no such word"), ("poll h service x user u", 1, "neither pop3"),
            ("poll h auth magic user u", 1, "no mechanism"), ("set nothing", 1, "to set"), ("", 1, "no server"),
            ("poll h user me here pass p", 1, "who logs in"), ("poll h user u no user", 1, "turned off"),
        ])
    func mistakes(text: String, line: Int, told: String) {
        let found = read(.fetchmail, text)
        let told = found.remarks.filter { $0.kind == .mistake && $0.line == line && $0.text.contains(told) }
        #expect(told.count == 1, "\(found.remarks)")
    }
}
