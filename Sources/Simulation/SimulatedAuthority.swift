/// A certificate authority made at run time. One authority can sign for many servers.
package struct SimulatedAuthority: Sendable {
    private static let name = "Simulated authority"

    /// The authority's certificate: the text of a CA file.
    package let pem: String
    private let privateKeyPEM: String

    package init() throws(SimulationError) {
        let key = try PrivateKey()
        let certificate = try X509Certificate()
        try certificate.setNames(subject: Self.name, issuer: Self.name)
        try certificate.setValidity(fromDays: -2, toDays: 30)
        try certificate.add(NID.basicConstraints, "critical,CA:TRUE")
        try certificate.add(NID.keyUsage, "critical,keyCertSign,cRLSign")
        try certificate.add(NID.subjectKeyIdentifier, "hash", publicKey: key)
        try certificate.sign(publicKey: key, with: key)
        pem = try certificate.pem()
        privateKeyPEM = try key.pem()
    }

    /// A server certificate for these names and addresses.
    package func certificate(
        _ flaw: SimulatedCertificate.Flaw = .none, hosts: [String] = ["localhost"],
        addresses: [String] = ["127.0.0.1", "::1"]
    ) throws(SimulationError) -> SimulatedCertificate {
        let names = flaw == .wrongHost ? ["elsewhere.example"] : hosts
        let numbers = flaw == .wrongHost ? [] : addresses
        let days: (from: Int32, to: Int32) =
            switch flaw {
            case .expired: (-20, -10)
            case .notYetValid: (10, 20)
            case .none, .wrongHost: (-1, 20)
            }
        let key = try PrivateKey()
        let certificate = try X509Certificate()
        try certificate.setNames(subject: names.first ?? "unnamed", issuer: Self.name)
        try certificate.setValidity(fromDays: days.from, toDays: days.to)
        try certificate.add(NID.basicConstraints, "critical,CA:FALSE")
        try certificate.add(NID.keyUsage, "critical,digitalSignature")
        try certificate.add(NID.extendedKeyUsage, "serverAuth")
        let alternatives = names.map { "DNS:" + $0 } + numbers.map { "IP:" + $0 }
        try certificate.add(NID.subjectAlternativeName, alternatives.joined(separator: ","))
        try certificate.sign(publicKey: key, with: PrivateKey(pem: privateKeyPEM))
        return SimulatedCertificate(
            authorityPEM: pem, certificatePEM: try certificate.pem(), privateKeyPEM: try key.pem())
    }
}
