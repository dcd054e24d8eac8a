import Testing

@testable import Manifest

@Suite struct TLSPolicyTests {
    static let zeros = "sha256:" + String(repeating: "0", count: 64)
    static let files = FakeFiles(
        texts: [
            "/here/etc/ca.pem": "", "/here/etc/crl.pem": "", "/here/etc/ann.pem": "", "/here/etc/ann.key": "",
            "/here/etc/ann.p12": "", "/here/etc/open": "",
            "/here/etc/a.csv": """
            user,tls-min,tls-security-level,tls-pin,tls-ciphers
            eve,1.0,0,\(zeros) \(zeros),"ALL,!SHA1"

            """,
        ], modes: ["/here/etc/ca.pem": 0o644, "/here/etc/ann.pem": 0o644, "/here/etc/crl.pem": 0o644])

    private static func policies(_ text: String) throws -> [TLSPolicy] {
        try files.parse(text).accounts.map(\.tlsPolicy)
    }

    @Test("an account without such a key has the policy of today") func standard() throws {
        let policy = try #require(try Self.policies(archive + account).first)
        #expect(policy == TLSPolicy() && policy.minimumVersion == .tls12 && policy.pins.isEmpty)
        #expect(policy.securityLevel == nil && policy.clientIdentity == nil)
    }

    @Test("every key is read, from the account, from [defaults] and from a CSV file") func keys() throws {
        let text = """
            accounts-csv = "a.csv"

            [archive]
            path = "/a"

            [defaults]
            host = "h"
            password-env = "PW"
            ca-file = "ca.pem"
            crl-file = "crl.pem"
            tls-min = "1.3"
            tls-security-level = 3
            tls-server-name = "pop.example.org."
            tls-ciphers = "TLS_AES_256_GCM_SHA384"
            tls-client-cert = "ann.pem"
            tls-client-key = "ann.key"

            [[account]]
            user = "ann"
            tls-pin = ["\(Self.zeros)", "\(Self.zeros.replacing("0", with: "f"))"]

            [[account]]
            user = "bob"
            tls-client-p12 = "ann.p12"
            tls-client-password-file = "open"
            tls-server-name = "192.0.2.7"
            """
        let policies = try Self.policies(text)
        var ann = TLSPolicy(caFile: "/here/etc/ca.pem")
        ann.crlFile = "/here/etc/crl.pem"
        ann.minimumVersion = .tls13
        ann.securityLevel = 3
        ann.serverName = "pop.example.org"
        ann.ciphers = "TLS_AES_256_GCM_SHA384"
        ann.clientIdentity = .pem(certificate: "/here/etc/ann.pem", key: "/here/etc/ann.key", passwordFile: nil)
        var bob = ann
        ann.pins = [Self.zeros, Self.zeros.replacing("0", with: "f")].compactMap(KeyPin.init)
        bob.serverName = "192.0.2.7"
        bob.clientIdentity = .pkcs12("/here/etc/ann.p12", passwordFile: "/here/etc/open")
        var eve = ann
        eve.serverName = "pop.example.org"
        (eve.minimumVersion, eve.securityLevel, eve.ciphers) = (.tls10, 0, "ALL,!SHA1")
        eve.pins = [Self.zeros, Self.zeros].compactMap(KeyPin.init)
        #expect(policies == [ann, bob, eve] && ann.pins.count == 2)
    }

    @Test("what a diagnostic says to do is told") func remedies() throws {
        for (line, remedy) in [
            ("tls-min = \"1.0\"", "add tls-security-level = 0"), ("tls-pin = \"x\"", "mailcask check prints"),
            ("tls-client-key = \"open\"", "chmod 600 /here/etc/open"),
        ] {
            var files = Self.files
            files.modes["/here/etc/open"] = 0o604
            let error = #expect(throws: ManifestError.self) { try files.parse(archive + account + line + "\n") }
            #expect(error?.description.contains(remedy) == true, "\(String(describing: error))")
        }
    }

    static let digest = Array(UInt8(0)..<32)
    static let hexadecimal = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    @Test(
        "a pin is read in hexadecimal and in base64",
        arguments: [
            "sha256:" + hexadecimal, "sha256:" + hexadecimal.uppercased(),
            "sha256:00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F",
            "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        ])
    func pin(text: String) { #expect(KeyPin(text)?.digest == Self.digest) }

    static let noPins: [String] = [
        "", "sha256:", "sha256//", "sha256::", hexadecimal, "sha1:\(hexadecimal)", "sha256:\(hexadecimal)00",
        "sha256:\(hexadecimal.dropLast())", "sha256:\(hexadecimal.dropLast(2))+f", "sha256:\(hexadecimal.dropLast())é",
        "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        // Bits that belong to no byte.
        "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=",
        "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh-=",
        "sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==",
    ]

    @Test("what is not 32 bytes in one of these forms is no pin", arguments: noPins)
    func noPin(text: String) { #expect(KeyPin(text) == nil) }
}
