/// A certificate authority made at run time. One authority can sign for many servers and clients.
package struct SimulatedAuthority: Sendable {
    /// The authority's certificate: the text of a CA file.
    package let pem: String
    private let privateKeyPEM: String
    private let name: String

    package init(named name: String = "Simulated authority") throws(SimulationError) {
        self.name = name
        let key = try PrivateKey()
        let certificate = try X509Certificate()
        try certificate.setNames(subject: name, issuer: name)
        try certificate.setValidity(fromDays: -2, toDays: 30)
        try certificate.add(NID.basicConstraints, "critical,CA:TRUE")
        try certificate.add(NID.keyUsage, "critical,keyCertSign,cRLSign")
        try certificate.add(NID.subjectKeyIdentifier, "hash", publicKey: key)
        try certificate.sign(publicKey: key, with: key)
        pem = try certificate.pem()
        privateKeyPEM = try key.pem()
    }

    /// A server certificate for these names and addresses.
    /// - Parameters:
    ///   - commonName: of the subject; `nil` is the first of the names.
    ///   - rsaBitCount: the size of an RSA key in place of an EC key.
    package func certificate(
        _ flaw: SimulatedCertificate.Flaw = .none, hosts: [String] = ["localhost"],
        addresses: [String] = ["127.0.0.1", "::1"], commonName: String? = nil, rsaBitCount: Int32? = nil
    ) throws(SimulationError) -> SimulatedCertificate {
        let names = flaw == .wrongHost ? ["elsewhere.example"] : hosts
        let numbers = flaw == .wrongHost ? [] : addresses
        let days: (from: Int32, to: Int32) =
            switch flaw {
            case .expired: (-20, -10)
            case .notYetValid: (10, 20)
            case .none, .wrongHost: (-1, 20)
            }
        let key = if let rsaBitCount { try PrivateKey(rsaBitCount: rsaBitCount) } else { try PrivateKey() }
        let certificate = try X509Certificate()
        try certificate.setNames(subject: commonName ?? names.first ?? "unnamed", issuer: name)
        try certificate.setValidity(fromDays: days.from, toDays: days.to)
        try certificate.add(NID.extendedKeyUsage, "serverAuth")
        let alternatives = names.map { "DNS:" + $0 } + numbers.map { "IP:" + $0 }
        if !alternatives.isEmpty {
            try certificate.add(NID.subjectAlternativeName, alternatives.joined(separator: ","))
        }
        return try finish(certificate, key)
    }

    /// A certificate by which a client of this name shows itself.
    package func clientCertificate(_ client: String) throws(SimulationError) -> SimulatedCertificate {
        let certificate = try X509Certificate()
        try certificate.setNames(subject: client, issuer: name)
        try certificate.setValidity(fromDays: -1, toDays: 20)
        try certificate.add(NID.extendedKeyUsage, "clientAuth")
        return try finish(certificate, PrivateKey())
    }

    private func finish(
        _ certificate: consuming X509Certificate, _ key: consuming PrivateKey
    ) throws(SimulationError) -> SimulatedCertificate {
        try certificate.add(NID.basicConstraints, "critical,CA:FALSE")
        try certificate.add(NID.keyUsage, "critical,digitalSignature,keyEncipherment")
        try certificate.sign(publicKey: key, with: PrivateKey(pem: privateKeyPEM))
        return SimulatedCertificate(
            authorityPEM: pem, certificatePEM: try certificate.pem(), privateKeyPEM: try key.pem())
    }

    /// The text of a CRL file in which these certificates are revoked.
    /// - Parameter isExpired: the next list was due yesterday.
    package func revocationList(
        _ revoked: [SimulatedCertificate] = [], isExpired: Bool = false
    ) throws(SimulationError) -> String {
        let list = try RevocationList(issuerPEM: pem, toDays: isExpired ? -1 : 7)
        for certificate in revoked { try list.add(certificatePEM: certificate.certificatePEM) }
        try list.sign(with: PrivateKey(pem: privateKeyPEM))
        return try list.pem()
    }
}
