import Foundation
import Simulation
import Testing
import Transport

@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    @Test("a certificate that is trusted and right lets the connection through")
    func valid() throws {
        let stage = try Stage(certificate: .issue())
        let wire = try Wire(stage.endpoint)
        #expect(try wire.line().hasPrefix("+OK"))
        #expect(wire.connection.securityName?.hasPrefix("TLSv1.3 TLS_") == true)
    }

    @Test(
        "a flaw is told with the certificate, the name and the remedy",
        arguments: [
            (SimulatedCertificate.Flaw.expired, ["certificate of CN = localhost expired on ", "operator must renew"]),
            (.notYetValid, ["certificate of CN = localhost is valid only from ", "clock"]),
            (.wrongHost, ["certificate is for elsewhere.example, not for localhost", "set `host`"]),
        ])
    func flaws(flaw: SimulatedCertificate.Flaw, words: [String]) throws {
        let stage = try Stage(certificate: .issue(flaw))
        let error = try #require(stage.failure())
        #expect(error.code == .certificate && !error.isTemporary)
        #expect(error.description.hasPrefix("localhost:\(stage.server.port): the certificate"))
        for word in words { #expect(error.message.contains(word), "\(error)") }
    }

    @Test("an issuer whom the system does not know is named, and where to put it")
    func unknownAuthority() throws {
        let stage = try Stage(certificate: .issue())
        let endpoint = Endpoint(host: "localhost", port: stage.server.port, security: .implicit)
        let error = #expect(throws: TransportError.self) { _ = try Wire(endpoint) }
        #expect(error?.code == .certificate)
        for word in ["CN = localhost", "CN = Simulated authority", "not trusted here", "`ca-file`"] {
            #expect(error?.message.contains(word) == true, "\(String(describing: error))")
        }
    }

    @Test("an authority of the same name with another key is told apart")
    func otherAuthority() throws {
        let stage = try Stage(certificate: .issue(), caPEM: SimulatedAuthority().pem)
        let error = try #require(stage.failure())
        #expect(error.code == .certificate)
        for word in ["CN = localhost", "CN = Simulated authority", "another key", "`ca-file`"] {
            #expect(error.message.contains(word), "\(error)")
        }
    }

    @Test("a CA file that cannot be used is told by its path", arguments: ["", "no PEM\n", nil])
    func badCAFile(text: String?) throws {
        let stage = try Stage(certificate: .issue())
        let path = try text.map(Stage.file) ?? "/no/such/file.pem"
        let endpoint = Endpoint(
            host: "localhost", port: stage.server.port, security: .implicit, tls: TLSSettings(caFile: path))
        let error = #expect(throws: TransportError.self) { _ = try Wire(endpoint) }
        #expect(error?.code == .badCAFile)
        #expect(error?.message.contains("`ca-file` \(path)") == true)
    }

    @Test("one CA file serves for many servers")
    func sharedAuthority() throws {
        let authority = try SimulatedAuthority()
        for _ in 0..<3 { #expect(try Stage(certificate: authority.certificate()).failure() == nil) }
    }

    @Test("an address is verified against the addresses in the certificate", arguments: ["127.0.0.1", "::1"])
    func addresses(host: String) throws {
        let address = host == "::1" ? SimulatedAddress.ipv6 : .ipv4
        let authority = try SimulatedAuthority()
        let right = try authority.certificate(hosts: [], addresses: [host])
        #expect(try Stage(host: host, certificate: right, address: address).failure() == nil)
        let named = try Stage(host: host, certificate: authority.certificate(addresses: []), address: address)
        let error = try #require(named.failure())
        #expect(error.code == .certificate)
        #expect(error.message.contains("is for localhost, not for \(host)"))
    }

    @Test("a certificate for addresses tells them when it is asked for a name")
    func listedAddresses() throws {
        let certificate = try SimulatedAuthority().certificate(hosts: [], addresses: ["192.0.2.7", "2001:db8::7"])
        let error = try #require(try Stage(certificate: certificate).failure())
        #expect(error.message.contains("is for 192.0.2.7, 2001:db8::7, not for localhost"), "\(error)")
    }

    @Test("a wildcard stands for one label and no part of one")
    func wildcards() throws {
        let authority = try SimulatedAuthority()
        for hosts in [["*"], ["local*"], ["*.localhost"]] {
            #expect(try Stage(certificate: authority.certificate(hosts: hosts)).failure()?.code == .certificate)
        }
    }
}
