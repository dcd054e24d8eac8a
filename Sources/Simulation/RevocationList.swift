import COpenSSL

/// An X.509 revocation list in the making (RFC 5280, section 5).
struct RevocationList: ~Copyable {
    private let handle: OpaquePointer

    /// A list from ten days ago.
    /// - Parameter toDays: when the next one is due, in days from now.
    init(issuerPEM: String, toDays: Int32) throws(SimulationError) {
        let issuer = try X509Certificate(pem: issuerPEM)
        let (from, to) = (X509_time_adj_ex(nil, -10, 0, nil), X509_time_adj_ex(nil, toDays, 0, nil))
        defer {
            ASN1_TIME_free(from)
            ASN1_TIME_free(to)
        }
        guard let handle = X509_CRL_new() else { throw .openSSL("X509_CRL_new") }
        guard X509_CRL_set_version(handle, 1) == 1,
            X509_CRL_set_issuer_name(handle, X509_get_subject_name(issuer.handle)) == 1,
            X509_CRL_set1_lastUpdate(handle, from) == 1, X509_CRL_set1_nextUpdate(handle, to) == 1
        else {
            X509_CRL_free(handle)
            throw .openSSL("X509_CRL_set_issuer_name")
        }
        self.handle = handle
    }

    deinit { X509_CRL_free(handle) }

    /// Revokes a certificate, as of yesterday.
    func add(certificatePEM: String) throws(SimulationError) {
        let certificate = try X509Certificate(pem: certificatePEM)
        let time = X509_time_adj_ex(nil, -1, 0, nil)
        defer { ASN1_TIME_free(time) }
        guard let entry = X509_REVOKED_new(),
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.handle)) == 1,
            X509_REVOKED_set_revocationDate(entry, time) == 1, X509_CRL_add0_revoked(handle, entry) == 1
        else { throw .openSSL("X509_CRL_add0_revoked") }
    }

    func sign(with key: borrowing PrivateKey) throws(SimulationError) {
        guard X509_CRL_sort(handle) == 1, X509_CRL_sign(handle, key.handle, EVP_sha256()) > 0 else {
            throw .openSSL("X509_CRL_sign")
        }
    }

    func pem() throws(SimulationError) -> String {
        let memory = try MemoryBIO()
        guard PEM_write_bio_X509_CRL(memory.handle, handle) == 1 else { throw .openSSL("PEM_write_bio_X509_CRL") }
        return memory.text()
    }
}
