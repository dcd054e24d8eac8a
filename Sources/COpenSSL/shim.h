// OpenSSL 3: TLS and digests. What OpenSSL offers only as a macro is wrapped once here, under the macro's name.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Lowest protocol version the context accepts (`TLS1_2_VERSION` ...). Returns 1 on success.
static inline int mc_ctx_set_min_proto_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_min_proto_version(ctx, version);
}

/// Sets mode bits (`SSL_MODE_RELEASE_BUFFERS` ...) and returns the new mask.
static inline long mc_ctx_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }

/// The host name sent in the Server Name Indication extension (RFC 6066, section 3). Returns 1 on success.
static inline int mc_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}
