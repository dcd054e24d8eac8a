import COpenSSL

/// The SHA-256 of a certificate's SubjectPublicKeyInfo (RFC 7469, section 2.4).
package struct PublicKeyPin: Sendable, Hashable, CustomStringConvertible {
    private let digest: [UInt8]

    /// - Parameter digest: 32 bytes.
    package init(digest: [UInt8]) { self.digest = digest }

    /// The pin of an `X509`; `nil` when its key cannot be encoded.
    init?(_ certificate: OpaquePointer) {
        let key = X509_get_X509_PUBKEY(certificate)
        let byteCount = i2d_X509_PUBKEY(key, nil)
        guard byteCount > 0 else { return nil }
        var encoded = [UInt8](repeating: 0, count: Int(byteCount))
        encoded.withUnsafeMutableBufferPointer {
            var end = $0.baseAddress
            i2d_X509_PUBKEY(key, &end)
        }
        var digest = [UInt8](repeating: 0, count: 32)
        guard EVP_Digest(encoded, encoded.count, &digest, nil, EVP_sha256(), nil) == 1 else { return nil }
        self.digest = digest
    }

    /// As the manifest takes it.
    package var description: String {
        "sha256:" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
