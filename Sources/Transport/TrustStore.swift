import COpenSSL
import Platform

/// Whom to trust and which certificates were revoked: one for all connections with the same CA file and CRL file.
///
/// `@unchecked Sendable`: an `X509_STORE` locks itself, and is not changed after `init` but by its own look-ups.
final class TrustStore: @unchecked Sendable {
    private struct Key: Hashable {
        let caFile: String?
        let crlFile: String?
    }

    let pointer: OpaquePointer

    private static let cache = Lock<[Key: TrustStore]>([:])

    /// The store for an endpoint's files, which are read at first use.
    static func shared(for endpoint: Endpoint) throws(TransportError) -> TrustStore {
        let key = Key(caFile: endpoint.tls.caFile, crlFile: endpoint.tls.crlFile)
        if let store = cache.withLock({ $0[key] }) { return store }
        let store = try TrustStore(endpoint)
        cache.withLock { $0[key] = store }
        return store
    }

    private init(_ endpoint: Endpoint) throws(TransportError) {
        guard let store = X509_STORE_new() else {
            throw TransportError(.handshake, endpoint.name, "OpenSSL is out of memory")
        }
        pointer = store
        ERR_clear_error()
        if let caFile = endpoint.tls.caFile {
            guard X509_STORE_load_file(store, caFile) == 1 else {
                throw TransportError(
                    .badCAFile, endpoint.name,
                    "no certificate can be read from `ca-file` \(caFile) (\(OpenSSLErrors.takeText())): it must be PEM")
            }
        } else {
            X509_STORE_set_default_paths(store)
            OpenSSLErrors.clear()
        }
        if let crlFile = endpoint.tls.crlFile { try addRevocations(crlFile, endpoint) }
    }

    deinit { X509_STORE_free(pointer) }

    private func addRevocations(_ path: String, _ endpoint: Endpoint) throws(TransportError) {
        guard let lookup = X509_STORE_add_lookup(pointer, X509_LOOKUP_file()),
            X509_load_crl_file(lookup, path, X509_FILETYPE_PEM) > 0
        else {
            throw TransportError(
                .badTLSSettings, endpoint.name,
                "no revocation list can be read from `crl-file` \(path) (\(OpenSSLErrors.takeText())): it must be PEM")
        }
        X509_STORE_set_flags(pointer, UInt(X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL))
    }
}
