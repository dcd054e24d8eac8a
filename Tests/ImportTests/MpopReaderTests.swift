import Testing

@testable import Import

@Suite struct MpopReaderTests {
    @Test("accounts take over defaults and other accounts") func inheritance() throws {
        let found = read(
            .mpop,
            """
            # for all
            defaults
            tls on
            keep on
            uidls_file ~/ids/%U_at_%H

            account base
            host pop.example.org
            user ann
            passwordeval pass show "mail/ann"
            tls_starttls off

            account second : base
            user "bob smith"
            keep off
            delivery mbox ~/Mail/bob
            """)
        #expect(found.remarks.isEmpty)
        let (base, second) = try #require(found.accounts.count == 2 ? (found.accounts[0], found.accounts[1]) : nil)
        #expect(base.host == "pop.example.org" && base.tls == .implicit && base.port == nil && !base.deletes)
        #expect(base.secret == .command("pass show \"mail/ann\""))
        #expect(base.uniqueIDFile == "/home/me/ids/ann_at_pop.example.org")
        #expect(second.name == "second" && second.user == "bob smith" && second.tls == .implicit && second.deletes)
        #expect(second.folder == ForeignAccount.Folder(.mbox, "/home/me/Mail/bob"))
    }

    @Test("another name of the same mailbox is told, and left out") func twins() {
        let found = read(.mpop, "account a\nhost h\nuser u\ntls on\naccount default : a\naccount b : a\nport 111")
        #expect(found.accounts.map(\.name) == ["a", "b"])
        #expect(found.remarks.map(\.line) == [5] && !found.hasMistakes)
    }

    @Test("TLS begins with STLS unless that is turned off, and is never given up") func tls() {
        let account = "account a\nhost h\nuser u\npassword p\n"
        #expect(read(.mpop, account + "tls").accounts.map(\.tls) == [.stls])
        #expect(read(.mpop, account + "tls on\ntls_starttls off").accounts.map(\.tls) == [.implicit])
        let clear = read(.mpop, account)
        #expect(clear.accounts.map(\.tls) == [.stls])
        #expect(clear.remarks.map(\.text).contains { $0.contains("without TLS has no counterpart") })
    }

    @Test("ways, mechanisms and addresses are kept") func ways() throws {
        let found = read(
            .mpop,
            """
            account a
            host h
            port 1995
            user u
            tls on
            auth scram-sha-256
            timeout 20
            proxy_host gw
            source_ip 192.0.2.1
            tls_trust_file ca.pem
            tls_crl_file ~/crl.pem
            tls_host_override mail.example.org
            tls_cert_file /me.pem
            tls_key_file /me.key
            delivery maildir Mail
            """)
        let account = try #require(found.accounts.first)
        #expect(account.port == 1995 && account.auth == "scram-sha-256" && account.replyTimeoutSeconds == 20)
        #expect(account.proxy == "socks5://gw:1080" && account.sourceAddress == "192.0.2.1")
        #expect(account.caFile == "/here/ca.pem" && account.crlFile == "/home/me/crl.pem" && found.remarks.isEmpty)
        #expect(account.clientCertificateFile == "/me.pem" && account.clientKeyFile == "/me.key")
        #expect(account.serverName == "mail.example.org")
        #expect(account.folder == ForeignAccount.Folder(.maildir, "/here/Mail") && account.secret == nil)
    }

    @Test(
        "what has no counterpart is told with its line, and without its value",
        arguments: [
            "killsize 10k", "skipsize 5", "filter secret-4711", "tls_fingerprint 11:22", "tls_certcheck off",
            "tls_priorities secret-4711", "only_new off", "delivery mda secret-4711", "received_header off",
            "tls_min_dh_prime_bits 512", "eval secret-4711",
        ])
    func untranslated(line: String) {
        let found = read(.mpop, "account a\nhost h\nuser u\ntls on\n" + line)
        #expect(found.accounts.count == 1)
        #expect(found.remarks.map(\.line) == [5] && found.remarks.map(\.kind) == [.untranslated])
        #expect(!found.remarks.contains { $0.text.contains("4711") })
    }

    @Test(
        "mistakes are told with their line",
        arguments: [
            ("account a\nhost h\nusr u", 3, "no command of this name"), ("host h", 1, "before the first account"),
            ("account a\nhost h", 1, "no user"), ("account a\nuser u", 1, "no host"),
            ("account a : b\nhost h\nuser u", 1, "not there"), ("account\nhost h\nuser u", 1, "no name"),
            ("account a\nhost h\nuser u\nport 0", 4, "up to 65535"),
            ("account a\nhost h\nuser u\nport 70000", 4, "up to 65535"),
            ("account a\nhost h\nuser u\nauth magic", 4, "no mechanism"),
            ("account a\nhost h\nuser u\naccount a\nhost h\nuser u", 4, "already"), ("", 1, "no account"),
        ])
    func mistakes(text: String, line: Int, told: String) {
        let found = read(.mpop, text)
        let told = found.remarks.filter { $0.kind == .mistake && $0.line == line && $0.text.contains(told) }
        #expect(told.count == 1, "\(found.remarks)")
    }
}

/// Reads a configuration of `/home/me/dir`, in `/here`.
func read(_ tool: ForeignTool, _ text: String) -> Configuration {
    Import.configuration(
        tool, Array(text.utf8), Surroundings(home: "/home/me", workingDirectory: "/here", folder: "/home/me/dir"))
}
