import COpenSSL
import Platform

/// The settings of TLS clients: one for all connections with the same settings, where no secret is among them.
///
/// `@unchecked Sendable`: an `SSL_CTX` counts its references atomically and is not changed after `init`.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    private static let cache = Lock<[TLSSettings: TLSContext]>([:])

    /// The context for an endpoint, made at first use.
    static func shared(for endpoint: Endpoint) throws(TransportError) -> TLSContext {
        // A client's key lives no longer than its connection.
        guard endpoint.tls.clientIdentity == nil else { return try TLSContext(endpoint) }
        var key = endpoint.tls
        // These count in each handshake.
        (key.pins, key.serverName) = ([], nil)
        if let context = cache.withLock({ $0[key] }) { return context }
        let context = try TLSContext(endpoint)
        cache.withLock { $0[key] = context }
        return context
    }

    private init(_ endpoint: Endpoint) throws(TransportError) {
        let store = try TrustStore.shared(for: endpoint)
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw TransportError(.handshake, endpoint.name, "OpenSSL cannot start: \(OpenSSLErrors.takeText())")
        }
        pointer = context
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, CertificateCheck.flaw)
        SSL_CTX_set_cert_verify_callback(context, CertificateCheck.verdict, nil)
        SSL_CTX_set1_cert_store(context, store.pointer)
        // Idle connections give their record buffers back; busy ones take several records with one read.
        _ = mc_ctx_set_mode(
            context, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        mc_ctx_set_read_ahead(context)
        SSL_CTX_set_default_read_buffer_len(context, 64 << 10)
        mc_ctx_set_client_options(context)
        try setStrength(endpoint)
        if let identity = endpoint.tls.clientIdentity { try show(identity, endpoint) }
    }

    deinit { SSL_CTX_free(pointer) }

    private func setStrength(_ endpoint: Endpoint) throws(TransportError) {
        if let level = endpoint.tls.securityLevel {
            SSL_CTX_set_security_level(pointer, CInt(level))
            if level == 0 { mc_ctx_allow_legacy_servers(pointer) }
        }
        guard mc_ctx_set_min_proto_version(pointer, endpoint.tls.minimumVersion.number) == 1 else {
            throw TransportError(
                .badTLSSettings, endpoint.name,
                "OpenSSL lacks \(endpoint.tls.minimumVersion) (`tls-min`): \(OpenSSLErrors.takeText())")
        }
        guard let ciphers = endpoint.tls.ciphers else { return }
        do { try CipherChoice(ciphers).apply(to: pointer) } catch {
            throw TransportError(.badTLSSettings, endpoint.name, error.message)
        }
    }
}

extension TLSSettings.Version: CustomStringConvertible {
    /// OpenSSL's number of it.
    var number: CInt {
        switch self {
        case .tls10: TLS1_VERSION
        case .tls11: TLS1_1_VERSION
        case .tls12: TLS1_2_VERSION
        case .tls13: TLS1_3_VERSION
        }
    }

    package var description: String {
        switch self {
        case .tls10: "TLS 1.0"
        case .tls11: "TLS 1.1"
        case .tls12: "TLS 1.2"
        case .tls13: "TLS 1.3"
        }
    }
}
