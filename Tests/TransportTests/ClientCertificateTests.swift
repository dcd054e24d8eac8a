import Foundation
import Simulation
import Testing
import Transport

/// `tls-client-cert`, `tls-client-key`, `tls-client-p12` and `tls-client-password-file`.
@Suite(.timeLimit(.minutes(1))) struct ClientCertificateTests {
    let authority: SimulatedAuthority
    let client: SimulatedCertificate

    init() throws {
        authority = try SimulatedAuthority()
        client = try authority.clientCertificate("ann")
    }

    /// A server that wants a certificate of the authority.
    private func stage(
        _ identity: TLSSettings.ClientIdentity?, speaksNoTLS13: Bool = false
    ) throws -> Stage {
        var habits = ServerHabits()
        habits.clientAuthorityPEM = authority.pem
        habits.speaksNoTLS13 = speaksNoTLS13
        return try Stage(certificate: authority.certificate(), habits: habits) { $0.clientIdentity = identity }
    }

    private func pem(
        certificate: String? = nil, key: String? = nil, password: String? = nil
    ) throws -> TLSSettings.ClientIdentity {
        .pem(
            certificate: try Stage.file(certificate ?? client.certificatePEM),
            key: try Stage.file(key ?? client.privateKeyPEM), passwordFile: try password.map(Stage.file))
    }

    @Test("a server that asks for a certificate gets it", arguments: [false, true])
    func accepted(speaksNoTLS13: Bool) throws {
        let both = client.certificatePEM + client.privateKeyPEM
        for identity in [
            try pem(), try pem(certificate: both, key: both),
            try pem(key: client.encryptedKeyPEM(password: "open me"), password: "open me\nnot this\n"),
            .pkcs12(
                try Stage.file(client.pkcs12(password: "open me")), passwordFile: try Stage.file("open me")),
            .pkcs12(try Stage.file(client.pkcs12(password: "")), passwordFile: nil),
        ] {
            #expect(try stage(identity, speaksNoTLS13: speaksNoTLS13).security()?.hasPrefix("TLSv1.") == true)
        }
    }

    @Test("without a certificate the refusal tells the keys to set", arguments: [false, true])
    func missing(speaksNoTLS13: Bool) throws {
        let error = try #require(try stage(nil, speaksNoTLS13: speaksNoTLS13).greetingFailure())
        #expect(error.code == .handshake && !error.isTemporary, "\(error)")
        #expect(error.message.contains("`tls-client-cert`"), "\(error)")
    }

    @Test("a certificate that the server does not trust is told as such")
    func foreign() throws {
        let other = try SimulatedAuthority().clientCertificate("ann")
        let identity = try pem(certificate: other.certificatePEM, key: other.privateKeyPEM)
        let error = try #require(try stage(identity).greetingFailure())
        #expect(error.code == .handshake && !error.isTemporary, "\(error)")
        #expect(error.message.contains("refuses the certificate of `tls-client-cert`"), "\(error)")
    }

    @Test("files that cannot be used are told by key and path, and no password is")
    func unusable() throws {
        let text = try Stage.file("no PEM\n")
        let password = try Stage.file("wrong secret")
        let locked = try Stage.file(client.encryptedKeyPEM(password: "open me"))
        let store = try Stage.file(client.pkcs12(password: "open me"))
        let certificate = try Stage.file(client.certificatePEM)
        let other = try Stage.file(authority.clientCertificate("bob").privateKeyPEM)
        let cases: [(TLSSettings.ClientIdentity, [String])] = [
            (.pem(certificate: text, key: other, passwordFile: nil), ["`tls-client-cert` \(text)"]),
            (.pem(certificate: certificate, key: text, passwordFile: nil), ["`tls-client-key` \(text)"]),
            (.pem(certificate: certificate, key: "/no/such", passwordFile: nil), ["`tls-client-key` /no/such"]),
            (.pem(certificate: certificate, key: other, passwordFile: nil), ["\(other) does not belong"]),
            (.pem(certificate: certificate, key: locked, passwordFile: nil), [locked, "`tls-client-password-file`"]),
            (.pem(certificate: certificate, key: locked, passwordFile: password), [locked]),
            (.pem(certificate: certificate, key: locked, passwordFile: "/no/such"), ["`tls-client-password-file`"]),
            (.pkcs12(text, passwordFile: nil), ["`tls-client-p12` \(text)", "PKCS#12"]),
            (.pkcs12("/no/such", passwordFile: nil), ["`tls-client-p12` /no/such"]),
            (.pkcs12(store, passwordFile: password), ["`tls-client-p12` \(store)", "`tls-client-password-file`"]),
        ]
        for (identity, words) in cases {
            let error = try #require(try stage(identity).failure())
            #expect(error.code == .badTLSSettings && !error.isTemporary, "\(error)")
            for word in words { #expect(error.message.contains(word), "\(error)") }
            #expect(!error.message.contains("secret") && !error.message.contains("open me"))
        }
    }
}
