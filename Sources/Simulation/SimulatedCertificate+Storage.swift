import COpenSSL

/// A certificate and its key in the forms in which clients keep them.
extension SimulatedCertificate {
    /// A server certificate that its own key has signed, for localhost, 127.0.0.1 and ::1.
    package static func selfSigned() throws(SimulationError) -> SimulatedCertificate {
        let key = try PrivateKey()
        let certificate = try X509Certificate()
        try certificate.setNames(subject: "localhost", issuer: "localhost")
        try certificate.setValidity(fromDays: -1, toDays: 20)
        try certificate.add(NID.subjectAlternativeName, "DNS:localhost,IP:127.0.0.1,IP:::1")
        try certificate.sign(publicKey: key, with: key)
        let pem = try certificate.pem()
        return SimulatedCertificate(authorityPEM: pem, certificatePEM: pem, privateKeyPEM: try key.pem())
    }

    /// The key, encrypted (PKCS#8).
    package func encryptedKeyPEM(password: String) throws(SimulationError) -> String {
        let key = try PrivateKey(pem: privateKeyPEM)
        let memory = try MemoryBIO()
        var bytes = Array(password.utf8)
        let status = PEM_write_bio_PrivateKey(
            memory.handle, key.handle, EVP_aes_256_cbc(), &bytes, Int32(bytes.count), nil, nil)
        guard status == 1 else { throw .openSSL("PEM_write_bio_PrivateKey") }
        return memory.text()
    }

    /// Both in one PKCS#12 file.
    package func pkcs12(password: String) throws(SimulationError) -> [UInt8] {
        let key = try PrivateKey(pem: privateKeyPEM)
        let certificate = try X509Certificate(pem: certificatePEM)
        guard let store = PKCS12_create(password, "client", key.handle, certificate.handle, nil, 0, 0, 0, 0, 0) else {
            throw .openSSL("PKCS12_create")
        }
        defer { PKCS12_free(store) }
        let byteCount = i2d_PKCS12(store, nil)
        guard byteCount > 0 else { throw .openSSL("i2d_PKCS12") }
        var bytes = [UInt8](repeating: 0, count: Int(byteCount))
        bytes.withUnsafeMutableBufferPointer {
            var end = $0.baseAddress
            i2d_PKCS12(store, &end)
        }
        return bytes
    }
}
