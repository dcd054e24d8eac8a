import COpenSSL

/// A SHA-256 in the making.
struct SHA256Digest: ~Copyable {
    private let context: OpaquePointer

    init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            preconditionFailure("OpenSSL offers no SHA-256")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    mutating func update(_ bytes: ArraySlice<UInt8>) {
        let status = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(status == 1, "SHA-256 failed")
    }

    /// The 32 bytes.
    consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        let status = EVP_DigestFinal_ex(context, &digest, nil)
        precondition(status == 1, "SHA-256 failed")
        return digest
    }
}
