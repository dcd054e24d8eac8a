// OpenSSL 3: TLS, digests and what passwords are proved with. What OpenSSL offers only as a macro is wrapped once here, under the macro's name.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/// Lowest protocol version the context accepts (`TLS1_2_VERSION` ...). Returns 1 on success.
static inline int mc_ctx_set_min_proto_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_min_proto_version(ctx, version);
}

/// Highest protocol version the context accepts. Returns 1 on success.
static inline int mc_ctx_set_max_proto_version(SSL_CTX *ctx, int version) {
    return (int)SSL_CTX_set_max_proto_version(ctx, version);
}

/// Sets mode bits (`SSL_MODE_RELEASE_BUFFERS` ...) and returns the new mask.
static inline long mc_ctx_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }

/// The host name sent in the Server Name Indication extension (RFC 6066, section 3). Returns 1 on success.
static inline int mc_set_server_name(SSL *ssl, const char *name) {
    return (int)SSL_set_tlsext_host_name(ssl, name);
}

/// Lets one read of the socket take more than one record. Only a function-like macro in OpenSSL 3.
static inline void mc_ctx_set_read_ahead(SSL_CTX *ctx) { SSL_CTX_set_read_ahead(ctx, 1); }

/// No renegotiation, and an end of the TCP stream without close_notify counts as the end of the stream: POP marks the
/// end of each message itself.
static inline void mc_ctx_set_client_options(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
}

/// Also connects to servers that know no secure renegotiation (RFC 5746), as old ones do.
static inline void mc_ctx_allow_legacy_servers(SSL_CTX *ctx) { SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT); }

/// Flags of X509_NAME_print_ex(3) for one line of ASCII.
static inline unsigned long mc_name_flags(void) { return XN_FLAG_ONELINE; }
