import Simulation
import Testing
import Transport

/// Whom a certificate is for (RFC 6125, section 6; RFC 7817, section 3), by `tls-server-name`.
@Suite(.timeLimit(.minutes(1))) struct NameTests {
    /// What a client looks for, what a certificate has, and whether they agree.
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var hosts: [String] = []
        var addresses: [String] = []
        var commonName: String?
        var isFor: Bool

        var testDescription: String { "\(name) in \(hosts + addresses) \(commonName ?? "") \(isFor)" }
    }

    static let rows = [
        Row(name: "pop.example.org", hosts: ["pop.example.org"], isFor: true),
        Row(name: "POP.example.ORG", hosts: ["pop.Example.org"], isFor: true),
        Row(name: "pop.example.org", hosts: ["mx.example.org", "pop.example.org"], isFor: true),
        Row(name: "pop.example.org", hosts: ["mx.example.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["example.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["pop.example.org.evil.example"], isFor: false),
        // A wildcard is the whole leftmost label, and stands for one.
        Row(name: "pop.example.org", hosts: ["*.example.org"], isFor: true),
        Row(name: "a.pop.example.org", hosts: ["*.example.org"], isFor: false),
        Row(name: "example.org", hosts: ["*.example.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["p*.example.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["*p.example.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["pop.*.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["*.*.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["*.org"], isFor: false),
        Row(name: "pop.example.org", hosts: ["*"], isFor: false),
        Row(name: "xn--bcher-kva.example.org", hosts: ["xn--*.example.org"], isFor: false),
        // The common name counts where there is no other name only.
        Row(name: "pop.example.org", commonName: "pop.example.org", isFor: true),
        Row(name: "pop.example.org", hosts: ["mx.example.org"], commonName: "pop.example.org", isFor: false),
        Row(name: "192.0.2.7", commonName: "192.0.2.7", isFor: false),
        // An address is looked for among the addresses.
        Row(name: "192.0.2.7", addresses: ["192.0.2.7"], isFor: true),
        Row(name: "2001:db8::7", addresses: ["2001:DB8:0::7"], isFor: true),
        Row(name: "192.0.2.7", addresses: ["192.0.2.8"], isFor: false),
        Row(name: "192.0.2.7", hosts: ["192.0.2.7"], isFor: false),
        Row(name: "192.0.2.7", hosts: ["*.0.2.7"], isFor: false),
    ]

    @Test("a certificate is for a name as the rules have it", arguments: rows)
    func name(row: Row) throws {
        let certificate = try SimulatedAuthority().certificate(
            hosts: row.hosts, addresses: row.addresses, commonName: row.commonName)
        let stage = try Stage(host: "127.0.0.1", certificate: certificate) { $0.serverName = row.name }
        let error = stage.failure()
        #expect((error == nil) == row.isFor, "\(String(describing: error))")
        if let error {
            #expect(error.code == .certificate && error.message.contains("not for \(row.name)"), "\(error)")
            #expect(error.message.contains("`tls-server-name`"), "\(error)")
        }
    }

    @Test("a name of its own takes the place of the host, which is not looked for then")
    func instead() throws {
        let certificate = try SimulatedCertificate.issue()
        #expect(try Stage(certificate: certificate).failure() == nil)
        let stage = try Stage(certificate: certificate) { $0.serverName = "pop.example.org" }
        #expect(stage.failure()?.message.contains("not for pop.example.org") == true)
    }
}
