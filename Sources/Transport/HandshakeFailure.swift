/// Words for the ways in which TLS ends early, from OpenSSL's reasons.
enum HandshakeFailure {
    /// The error of a handshake that has failed.
    static func error(_ check: CertificateCheck, _ endpoint: Endpoint) -> TransportError {
        if let words = check.explain(endpoint) {
            return TransportError(.certificate, endpoint.name, words, refused: check.refused)
        }
        let text = OpenSSLErrors.takeText()
        if text == "no reason given" { return closed(endpoint) }
        let hint = hint(for: text, endpoint.tls).map { ": \($0)" } ?? ""
        return TransportError(.handshake, endpoint.name, "the TLS handshake failed (\(text))\(hint)")
    }

    /// The error of a server that ends the connection, with or without a goodbye.
    static func closed(_ endpoint: Endpoint) -> TransportError {
        TransportError(
            .closed, endpoint.name,
            "the server closed the connection instead of shaking hands: it may have too many (`parallel-per-host`), or no "
                + "TLS on this port")
    }

    /// The error of a connection whose TLS breaks behind the handshake.
    static func later(_ endpoint: Endpoint) -> TransportError {
        let text = OpenSSLErrors.takeText()
        guard let hint = clientCertificateHint(for: text, endpoint.tls) else {
            return TransportError(.closed, endpoint.name, "TLS failed: \(text)")
        }
        return TransportError(.handshake, endpoint.name, "the server ended TLS (\(text)): \(hint)")
    }

    private static func hint(for text: String, _ settings: TLSSettings) -> String? {
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if has("wrong version number", "packet length too long") {
            return "the server does not speak TLS on this port; is it `tls = \"stls\"`?"
        }
        if has("protocol version", "unsupported protocol") {
            if settings.minimumVersion == .tls13 {
                return "the server offers nothing newer than TLS 1.2, and `tls-min` is \"1.3\""
            }
            return "the server offers nothing newer than TLS 1.1; if it cannot be renewed, `tls-min = \"1.0\"` and "
                + "`tls-security-level = 0` let it in"
        }
        if has("too small", "too weak", "wrong signature type", "insufficient security", "unsafe legacy renegotiation")
        {
            return "the server's keys, digests or ciphers are weaker than `tls-security-level` allows; if it cannot be "
                + "renewed, 1 or 0 lets it in"
        }
        if has("no ciphers available") { return "`tls-ciphers`, `tls-min` and `tls-security-level` leave no cipher" }
        if let hint = clientCertificateHint(for: text, settings) { return hint }
        if has("handshake failure") {
            return
                "there may be no cipher that both allow (`tls-ciphers`, `tls-security-level`), or the server wants a "
                + "certificate of the client (`tls-client-cert`)"
        }
        return nil
    }

    private static func clientCertificateHint(for text: String, _ settings: TLSSettings) -> String? {
        if text.contains("certificate required") {
            return "it asks for a certificate of the client: set `tls-client-cert` and `tls-client-key`, or "
                + "`tls-client-p12`"
        }
        let refusals = [
            "alert bad certificate", "alert unknown ca", "alert certificate unknown", "alert certificate revoked",
            "alert certificate expired", "alert unsupported certificate", "alert access denied", "alert decrypt error",
        ]
        guard settings.clientIdentity != nil, refusals.contains(where: text.contains) else { return nil }
        return "it refuses the certificate of `tls-client-cert` or `tls-client-p12`: ask its operator"
    }
}
