import COpenSSL
import Platform

/// The certificate and key by which a client shows itself.
extension TLSContext {
    func show(_ identity: TLSSettings.ClientIdentity, _ endpoint: Endpoint) throws(TransportError) {
        ERR_clear_error()
        switch identity {
        case .pem(let certificate, let key, let passwordFile):
            guard SSL_CTX_use_certificate_chain_file(pointer, certificate) == 1 else {
                throw problem(
                    endpoint, "no certificate can be used from `tls-client-cert` \(certificate)",
                    "it must be PEM, the client's own certificate first")
            }
            try showKey(key, passwordFile, endpoint)
            guard SSL_CTX_check_private_key(pointer) == 1 else {
                throw problem(
                    endpoint, "the key in `tls-client-key` \(key) does not belong to the certificate in \(certificate)",
                    "name the files of one pair")
            }
        case .pkcs12(let path, let passwordFile): try showPKCS12(path, passwordFile, endpoint)
        }
    }

    private func showKey(_ path: String, _ passwordFile: String?, _ endpoint: Endpoint) throws(TransportError) {
        guard let input = BIO_new_file(path, "r") else {
            throw problem(endpoint, "`tls-client-key` \(path) cannot be opened", "check its path and its permissions")
        }
        defer { BIO_free(input) }
        let key = try withPassword(passwordFile, endpoint) { password in
            PEM_read_bio_PrivateKey(
                input, nil, Self.givePassword, password.map { UnsafeMutableRawPointer(mutating: $0) })
        }
        guard let key else {
            throw problem(
                endpoint, "no key can be read from `tls-client-key` \(path)",
                "it must be PEM; the password of an encrypted one stands in the file of `tls-client-password-file`")
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(pointer, key) == 1 else {
            throw problem(
                endpoint, "the key in `tls-client-key` \(path) does not belong to the certificate",
                "name the files of one pair")
        }
    }

    private func showPKCS12(_ path: String, _ passwordFile: String?, _ endpoint: Endpoint) throws(TransportError) {
        let what = "`tls-client-p12` \(path) cannot be used"
        guard let input = BIO_new_file(path, "r") else {
            throw problem(endpoint, what, "check its path and its permissions")
        }
        defer { BIO_free(input) }
        guard let store = d2i_PKCS12_bio(input, nil) else { throw problem(endpoint, what, "it must be PKCS#12") }
        defer { PKCS12_free(store) }
        var (key, certificate, others): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
        let isOpen = try withPassword(passwordFile, endpoint) {
            PKCS12_parse(store, $0, &key, &certificate, &others) == 1
        }
        defer {
            EVP_PKEY_free(key)
            X509_free(certificate)
            while let other = OPENSSL_sk_pop(others) { X509_free(OpaquePointer(other)) }
            OPENSSL_sk_free(others)
        }
        guard isOpen else {
            throw problem(
                endpoint, what,
                "its password stands in the file of `tls-client-password-file`; one with the ciphers of old must be "
                    + "converted by `openssl pkcs12 -legacy`")
        }
        guard key != nil, certificate != nil, SSL_CTX_use_cert_and_key(pointer, certificate, key, others, 1) == 1 else {
            throw problem(endpoint, what, "it must hold a certificate and its key")
        }
    }

    /// For PEM_read_bio_PrivateKey(3), which would ask at the terminal without it.
    private static let givePassword:
        @convention(c) (
            UnsafeMutablePointer<CChar>?, CInt, CInt, UnsafeMutableRawPointer?
        ) -> CInt = { buffer, capacity, _, user in
            guard let buffer, let password = user?.assumingMemoryBound(to: CChar.self) else { return -1 }
            var count = 0
            while count < Int(capacity), password[count] != 0 {
                buffer[count] = password[count]
                count += 1
            }
            return password[count] == 0 ? CInt(count) : -1
        }

    /// Gives the first line of a file, as a C string that is wiped afterwards; `nil` without a file.
    private func withPassword<Result>(
        _ path: String?, _ endpoint: Endpoint, _ body: (UnsafePointer<CChar>?) -> Result
    ) throws(TransportError) -> Result {
        guard let path else { return body(nil) }
        var bytes: [UInt8]
        do { bytes = try FileSystem.contents(of: path, byteLimit: 64 << 10) } catch {
            throw TransportError(
                .badTLSSettings, endpoint.name, "the `tls-client-password-file` cannot be used: \(error)")
        }
        let end = bytes.firstIndex { $0 == 10 || $0 == 13 || $0 == 0 } ?? bytes.count
        // With room for the NUL from the start: growing leaves a copy behind.
        var line = [UInt8](repeating: 0, count: end + 1)
        line.replaceSubrange(..<end, with: bytes[..<end])
        defer {
            for index in bytes.indices { bytes[index] = 0 }
            for index in line.indices { line[index] = 0 }
        }
        return line.withUnsafeBytes { body($0.baseAddress!.assumingMemoryBound(to: CChar.self)) }
    }

    private func problem(_ endpoint: Endpoint, _ what: String, _ remedy: String) -> TransportError {
        TransportError(.badTLSSettings, endpoint.name, "\(what) (\(OpenSSLErrors.takeText())): \(remedy)")
    }
}
