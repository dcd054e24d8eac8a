import Foundation
import Simulation
import Testing
import Transport

/// `tls-pin`.
@Suite(.timeLimit(.minutes(1))) struct PinTests {
    /// The pin of a server's certificate, as a refusal of another one tells it.
    private static func seenPin(_ certificate: SimulatedCertificate) throws -> PublicKeyPin {
        let other = try Stage(certificate: certificate) {
            $0.pins = [PublicKeyPin(digest: Array(repeating: 0, count: 32))]
        }
        let pin = try #require(other.failure()?.refused?.certificates.first?.pin)
        return pin
    }

    private static func stage(
        _ certificate: SimulatedCertificate, pins: [PublicKeyPin], host: String = "localhost"
    ) throws -> Stage {
        // The system trusts none of the simulated authorities.
        try Stage(host: host, certificate: certificate, caPEM: SimulatedAuthority().pem) { $0.pins = pins }
    }

    @Test("the pin is the one that openssl computes")
    func value() throws {
        let certificate = try SimulatedCertificate.selfSigned()
        let file = try Stage.file(certificate.certificatePEM)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", "openssl x509 -in \(file) -pubkey -noout | openssl pkey -pubin -outform der | sha256sum",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(try Self.seenPin(certificate).description == "sha256:" + text.prefix(64))
    }

    @Test("a server of that key is let in, whoever has signed its certificate, expired or for another name")
    func match() throws {
        let authority = try SimulatedAuthority()
        for certificate in try [
            .selfSigned(), authority.certificate(), authority.certificate(.expired), authority.certificate(.wrongHost),
        ] {
            let pin = try Self.seenPin(certificate)
            #expect(try Self.stage(certificate, pins: [pin]).failure() == nil)
            let among = [PublicKeyPin(digest: Array(repeating: 1, count: 32)), pin]
            #expect(try Self.stage(certificate, pins: among).security()?.hasPrefix("TLS") == true)
        }
    }

    @Test("another key is refused with its pin, even where the certificate is right")
    func mismatch() throws {
        let certificate = try SimulatedCertificate.issue()
        let pin = try Self.seenPin(.selfSigned())
        let stage = try Stage(certificate: certificate) { $0.pins = [pin] }
        let error = try #require(stage.failure())
        #expect(error.code == .certificate && !error.isTemporary)
        let seen = try Self.seenPin(certificate)
        #expect(seen != pin)
        for word in ["CN = localhost", "`tls-pin`", "\(seen)", "somebody on the way"] {
            #expect(error.message.contains(word), "\(error)")
        }
        #expect(!error.message.contains("\(pin)") && stage.server.log.isEmpty)
    }

    @Test("a pin lets no key in that is too small, and none that was revoked")
    func lastingFlaws() throws {
        let authority = try SimulatedAuthority()
        let small = try authority.certificate(rsaBitCount: 1024)
        // A refusal that a lower level does not meet.
        let seen = try #require(
            try Stage(certificate: small, caPEM: SimulatedAuthority().pem) { $0.securityLevel = 1 }.failure()?
                .refused?.certificates.first?.pin)
        #expect(try Self.stage(small, pins: [seen]).failure()?.message.contains("too small") == true)
        let certificate = try authority.certificate()
        let list = try Stage.file(authority.revocationList([certificate]))
        let pin = try Self.seenPin(certificate)
        let revoked = try Stage(certificate: certificate) { ($0.pins, $0.crlFile) = ([pin], list) }
        #expect(revoked.failure()?.message.contains("was revoked") == true)
    }

    @Test("a self-signed certificate is refused with the pin to set, and its facts are told")
    func advice() throws {
        let certificate = try SimulatedCertificate.selfSigned()
        let error = try #require(try Stage(certificate: certificate, caPEM: SimulatedAuthority().pem).failure())
        let shown = try #require(error.refused?.certificates.first)
        #expect(error.refused?.certificates.count == 1 && error.refused?.isForAnotherName == false)
        #expect(shown.subject == "CN = localhost" && shown.issuer == "CN = localhost")
        let pin = try #require(shown.pin)
        #expect(error.message.contains("`tls-pin = \"\(pin)\"`") && error.message.contains("`ca-file`"), "\(error)")
        let days = (try #require(shown.expiry) - Int64(Date.now.timeIntervalSince1970)) / 86_400
        #expect((19...20).contains(days))
        #expect(try Self.stage(certificate, pins: [pin]).failure() == nil)
    }
}
