import Simulation
import Testing
import Transport

/// `crl-file`.
@Suite(.timeLimit(.minutes(1))) struct RevocationTests {
    let authority: SimulatedAuthority
    let certificate: SimulatedCertificate

    init() throws {
        authority = try SimulatedAuthority()
        certificate = try authority.certificate()
    }

    private func stage(_ list: String) throws -> Stage {
        let path = try Stage.file(list)
        return try Stage(certificate: certificate) { $0.crlFile = path }
    }

    @Test("a certificate that is on no list is let in") func clean() throws {
        #expect(try stage(authority.revocationList()).failure() == nil)
        #expect(try stage(authority.revocationList([authority.certificate()])).failure() == nil)
        let foreign = try SimulatedAuthority(named: "Another authority").revocationList()
        #expect(try stage(foreign + authority.revocationList()).failure() == nil)
    }

    @Test("a revoked certificate, an old list, and none of its issuer are told in words") func refusals() throws {
        let cases = [
            (
                try authority.revocationList([certificate]),
                ["CN = localhost was revoked", "Simulated authority", "replace"]
            ),
            (try authority.revocationList(isExpired: true), ["has expired", "fetch the new one"]),
            // Of another authority with the same name.
            (try SimulatedAuthority().revocationList(), ["Simulated authority", "`crl-file`", "not signed by"]),
        ]
        for (list, words) in cases {
            let error = try #require(try stage(list).failure())
            #expect(error.code == .certificate && !error.isTemporary && error.message.contains("`crl-file`"))
            for word in words { #expect(error.message.contains(word), "\(error)") }
        }
    }

    @Test("a server whose issuer has no list there is refused") func missing() throws {
        let selfSigned = try SimulatedCertificate.selfSigned()
        let path = try Stage.file(authority.revocationList())
        let error = try #require(try Stage(certificate: selfSigned) { $0.crlFile = path }.failure())
        #expect(error.code == .certificate && error.message.contains("`crl-file` has no list of"), "\(error)")
    }

    @Test("a file without a list is told by its path", arguments: ["", "no PEM\n", nil]) func unusable(text: String?)
        throws
    {
        let path = try text.map(Stage.file) ?? "/no/such/file.pem"
        let error = try #require(try Stage(certificate: certificate) { $0.crlFile = path }.failure())
        #expect(error.code == .badTLSSettings && error.message.contains("`crl-file` \(path)"), "\(error)")
    }
}
