import COpenSSL

/// The certificate over which a handshake failed. OpenSSL tells it only while it verifies, to a callback: afterwards
/// it has let go of the chain.
final class RefusedCertificate {
    private var certificate: PeerCertificate?
    /// An `X509_V_ERR_...` value.
    private var code = Int(X509_V_OK)

    /// Runs the handshake of an `SSL`, noting what is refused meanwhile.
    func watch<Result>(_ session: OpaquePointer, _ handshake: () -> Result) -> Result {
        SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
        defer { SSL_set_ex_data(session, 0, nil) }
        return handshake()
    }

    /// Why it was refused, and what to set; `nil` when no certificate was.
    func explain(_ endpoint: Endpoint) -> String? { certificate?.explain(code, endpoint) }

    /// For SSL_CTX_set_verify(3). The verdict stays OpenSSL's.
    static let callback: @convention(c) (CInt, OpaquePointer?) -> CInt = { isAccepted, store in
        guard isAccepted == 0,
            let certificate = X509_STORE_CTX_get_current_cert(store) ?? X509_STORE_CTX_get0_cert(store),
            let session = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let note = SSL_get_ex_data(OpaquePointer(session), 0)
        else { return isAccepted }
        let refused = Unmanaged<RefusedCertificate>.fromOpaque(note).takeUnretainedValue()
        refused.certificate = PeerCertificate(certificate)
        refused.code = Int(X509_STORE_CTX_get_error(store))
        return isAccepted
    }
}
