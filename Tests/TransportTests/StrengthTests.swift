import Simulation
import Testing
import Transport

/// `tls-min`, `tls-ciphers` and `tls-security-level`.
@Suite(.timeLimit(.minutes(1))) struct StrengthTests {
    private static func habits(_ change: (inout ServerHabits) -> Void) -> ServerHabits {
        var habits = ServerHabits()
        change(&habits)
        return habits
    }

    @Test("a server with TLS 1.1 alone is refused with the keys that let it in, and they do")
    func oldVersions() throws {
        let old = Self.habits { $0.speaksOldTLSOnly = true }
        let error = try #require(try Stage(certificate: .issue(), habits: old).failure())
        #expect(error.code == .handshake && !error.isTemporary)
        for word in ["nothing newer than TLS 1.1", "`tls-min = \"1.0\"`", "`tls-security-level = 0`"] {
            #expect(error.message.contains(word), "\(error)")
        }
        for version in [TLSSettings.Version.tls10, .tls11] {
            let stage = try Stage(certificate: .issue(), habits: old) {
                ($0.minimumVersion, $0.securityLevel) = (version, 0)
            }
            #expect(try stage.security()?.hasPrefix("TLSv1.1 ") == true)
        }
    }

    @Test("a lowest version of 1.3 refuses TLS 1.2 and takes TLS 1.3")
    func newestVersion() throws {
        let twelve = Self.habits { $0.speaksNoTLS13 = true }
        let refused = try Stage(certificate: .issue(), habits: twelve) { $0.minimumVersion = .tls13 }
        let error = try #require(refused.failure())
        #expect(error.code == .handshake && error.message.contains("nothing newer than TLS 1.2"), "\(error)")
        #expect(error.message.contains("`tls-min` is \"1.3\""), "\(error)")
        #expect(try Stage(certificate: .issue(), habits: twelve).security()?.hasPrefix("TLSv1.2 ") == true)
        let taken = try Stage(certificate: .issue()) { $0.minimumVersion = .tls13 }
        #expect(try taken.security()?.hasPrefix("TLSv1.3 ") == true)
    }

    @Test("ciphers of TLS 1.2 and suites of TLS 1.3 are taken from one list")
    func ciphers() throws {
        let list = "ECDHE-ECDSA-AES256-GCM-SHA384 : TLS_CHACHA20_POLY1305_SHA256"
        let new = try Stage(certificate: .issue()) { $0.ciphers = list }
        #expect(try new.security() == "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256")
        let twelve = Self.habits { $0.speaksNoTLS13 = true }
        let old = try Stage(certificate: .issue(), habits: twelve) { $0.ciphers = list }
        #expect(try old.security() == "TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384")
        // What is not listed stays as it is by default.
        let half = try Stage(certificate: .issue(), habits: twelve) { $0.ciphers = "TLS_AES_128_GCM_SHA256" }
        #expect(try half.security()?.hasPrefix("TLSv1.2 ") == true)
    }

    @Test("a server without a common cipher is refused with the keys to look at")
    func noCommonCipher() throws {
        let habits = Self.habits { ($0.speaksNoTLS13, $0.ciphers) = (true, "ECDHE-ECDSA-AES128-SHA") }
        let stage = try Stage(certificate: .issue(), habits: habits) { $0.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384" }
        let error = try #require(stage.failure())
        #expect(error.code == .handshake && error.message.contains("`tls-ciphers`"), "\(error)")
    }

    @Test(
        "a list of ciphers with a mistake is refused in words before anything is sent",
        arguments: [
            ("ECDHE+AESGM", "holds ECDHE+AESGM, which OpenSSL does not know"),
            ("HIGH:!MD55", "holds !MD55, which OpenSSL does not know"),
            ("TLS_AES_512_GCM_SHA256", "holds TLS_AES_512_GCM_SHA256, which OpenSSL does not know"),
            ("HIGH:@STRENGHT", "holds @STRENGHT, which OpenSSL does not know"),
            ("HIGH:@SECLEVEL=0", "the key for it is `tls-security-level`"),
            ("aNULL", "without a certificate or without encryption"),
            ("NULL-SHA256", "without a certificate or without encryption"),
            ("HIGH:!HIGH", "leaves no cipher"), (" : ", "is empty"),
        ])
    func badCiphers(list: String, words: String) throws {
        let stage = try Stage(certificate: .issue()) { $0.ciphers = list }
        let error = try #require(stage.failure())
        #expect(error.code == .badTLSSettings && !error.isTemporary)
        #expect(error.message.contains("`tls-ciphers`") && error.message.contains(words), "\(error)")
        #expect(stage.server.log.isEmpty)
    }

    @Test("a cipher without certificates is never used, even where the lists of both sides have it")
    func anonymous() throws {
        let habits = Self.habits { ($0.speaksNoTLS13, $0.ciphers) = (true, "ALL:aNULL") }
        let stage = try Stage(certificate: .issue(), habits: habits) { ($0.ciphers, $0.securityLevel) = ("ALL", 0) }
        #expect(try stage.security()?.hasPrefix("TLSv1.2 ECDHE-ECDSA-") == true)
    }

    @Test("a key that is too small is refused with the level that lets it in, and it does")
    func smallKey() throws {
        let certificate = try SimulatedAuthority().certificate(rsaBitCount: 1024)
        let error = try #require(try Stage(certificate: certificate).failure())
        #expect(error.code == .certificate && !error.isTemporary)
        for word in ["CN = localhost", "too small", "`tls-security-level = 1`"] {
            #expect(error.message.contains(word), "\(error)")
        }
        #expect(try Stage(certificate: certificate) { $0.securityLevel = 1 }.failure() == nil)
    }

    @Test("a higher level refuses a key that passes by default")
    func highLevel() throws {
        let certificate = try SimulatedAuthority().certificate(rsaBitCount: 2048)
        #expect(try Stage(certificate: certificate).failure() == nil)
        let error = try #require(try Stage(certificate: certificate) { $0.securityLevel = 3 }.failure())
        #expect(error.message.contains("`tls-security-level"), "\(error)")
    }

    @Test("what is weaker than the default is named by its key, and nothing else is")
    func weaknesses() {
        var settings = TLSSettings()
        #expect(settings.weaknesses.isEmpty)
        settings.minimumVersion = .tls13
        settings.securityLevel = 3
        settings.ciphers = "ECDHE+AESGCM:TLS_AES_256_GCM_SHA384:!SHA1"
        #expect(settings.weaknesses.isEmpty)
        settings.minimumVersion = .tls10
        settings.securityLevel = 0
        settings.ciphers = "ALL:COMPLEMENTOFDEFAULT"
        #expect(settings.weaknesses.count == 3)
        #expect(settings.weaknesses[0].contains("`tls-min` allows TLS 1.0 and 1.1"))
        #expect(settings.weaknesses[1].contains("`tls-security-level = 0` allows keys of any size"))
        #expect(settings.weaknesses[2].contains("allows weak ciphers: "))
        #expect(!settings.weaknesses[2].contains("NULL") && !settings.weaknesses[2].contains("ADH"))
        settings.ciphers = "ECDHE+AESGCM:ARIA256-GCM-SHA384:AES128-CCM8"
        #expect(settings.weaknesses[2] == "`tls-ciphers` allows weak ciphers: AES128-CCM8")
        settings.securityLevel = 1
        #expect(settings.weaknesses[1].contains("RSA of 1024 bits"))
    }
}
