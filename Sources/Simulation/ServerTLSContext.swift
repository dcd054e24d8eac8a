import COpenSSL

/// OpenSSL's server configuration: one certificate, TLS 1.2 or later unless it is an old server.
///
/// `@unchecked Sendable`: after `init` the SSL_CTX is only given to `SSL_new`, which OpenSSL allows from any thread.
final class ServerTLSContext: @unchecked Sendable {
    private let context: OpaquePointer

    init(_ certificate: SimulatedCertificate, _ habits: ServerHabits) throws(SimulationError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .openSSL("SSL_CTX_new") }
        self.context = context
        let key = try PrivateKey(pem: certificate.privateKeyPEM)
        let leaf = try X509Certificate(pem: certificate.certificatePEM)
        // What a client should refuse is served all the same.
        SSL_CTX_set_security_level(context, 0)
        guard SSL_CTX_use_certificate(context, leaf.handle) == 1,
            SSL_CTX_use_PrivateKey(context, key.handle) == 1,
            mc_ctx_set_min_proto_version(context, habits.speaksOldTLSOnly ? TLS1_VERSION : TLS1_2_VERSION) == 1
        else { throw .openSSL("SSL_CTX_use_certificate") }
        if habits.speaksOldTLSOnly {
            guard mc_ctx_set_max_proto_version(context, TLS1_1_VERSION) == 1 else {
                throw .openSSL("SSL_CTX_set_max_proto_version")
            }
        }
        if habits.speaksNoTLS13, mc_ctx_set_max_proto_version(context, TLS1_2_VERSION) != 1 {
            throw .openSSL("SSL_CTX_set_max_proto_version")
        }
        if let ciphers = habits.ciphers, SSL_CTX_set_cipher_list(context, ciphers) != 1 {
            throw .openSSL("SSL_CTX_set_cipher_list")
        }
        if let pem = habits.clientAuthorityPEM { try requireClientCertificate(authorityPEM: pem) }
        _ = mc_ctx_set_mode(context, Int(SSL_MODE_RELEASE_BUFFERS))
    }

    private func requireClientCertificate(authorityPEM: String) throws(SimulationError) {
        let authority = try X509Certificate(pem: authorityPEM)
        guard X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.handle) == 1 else {
            throw .openSSL("X509_STORE_add_cert")
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    deinit { SSL_CTX_free(context) }

    /// A TLS state for one connection, which the caller frees; nil when memory is short.
    func makeTLS(_ descriptor: Int32) -> OpaquePointer? {
        guard let tls = SSL_new(context) else { return nil }
        guard SSL_set_fd(tls, descriptor) == 1 else {
            SSL_free(tls)
            return nil
        }
        return tls
    }
}
