import COpenSSL
import Platform

/// The settings and trusted certificates of TLS clients: one for all connections with the same CA file.
///
/// `@unchecked Sendable`: an `SSL_CTX` counts its references atomically and is not changed after `init`.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer

    private static let cache = Lock<[String: TLSContext]>([:])

    /// The context for an endpoint's CA file, made at first use.
    static func shared(for endpoint: Endpoint) throws(TransportError) -> TLSContext {
        let key = endpoint.caFile ?? ""
        if let context = cache.withLock({ $0[key] }) { return context }
        let context = try TLSContext(endpoint)
        cache.withLock { $0[key] = context }
        return context
    }

    private init(_ endpoint: Endpoint) throws(TransportError) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw TransportError(.handshake, endpoint.name, "OpenSSL cannot start: \(OpenSSLErrors.takeText())")
        }
        pointer = context
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, RefusedCertificate.callback)
        guard mc_ctx_set_min_proto_version(context, TLS1_2_VERSION) == 1 else {
            throw TransportError(.handshake, endpoint.name, "OpenSSL lacks TLS 1.2: \(OpenSSLErrors.takeText())")
        }
        // Idle connections give their record buffers back; busy ones take several records with one read.
        _ = mc_ctx_set_mode(
            context, Int(SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        mc_ctx_set_read_ahead(context)
        SSL_CTX_set_default_read_buffer_len(context, 64 << 10)
        mc_ctx_set_client_options(context)
        if let caFile = endpoint.caFile {
            guard SSL_CTX_load_verify_locations(context, caFile, nil) == 1 else {
                throw TransportError(
                    .badCAFile, endpoint.name,
                    "no certificate can be read from `ca-file` \(caFile) (\(OpenSSLErrors.takeText())): it must be PEM")
            }
        } else {
            SSL_CTX_set_default_verify_paths(context)
            OpenSSLErrors.clear()
        }
    }

    deinit { SSL_CTX_free(pointer) }
}
