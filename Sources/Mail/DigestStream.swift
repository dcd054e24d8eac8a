import COpenSSL

/// A SHA-256 digest of bytes that come in chunks. Owns an EVP_MD_CTX, which `deinit` frees.
package struct DigestStream: ~Copyable, @unchecked Sendable {
    // Sendable: the context has this one owner, which cannot be copied, and nothing in it belongs to a thread.
    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("out of memory for a digest") }
        self.context = context
        reset()
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes the next bytes; any number of them, also none.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "OpenSSL cannot compute SHA-256")
    }

    /// The digest of all bytes since `init` or the last `finish`; the stream starts afresh.
    package mutating func finish() -> Digest {
        let digest = withUnsafeTemporaryAllocation(byteCount: Digest.byteCount, alignment: 8) { out in
            let done = EVP_DigestFinal_ex(context, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
            precondition(done == 1, "OpenSSL cannot compute SHA-256")
            return Digest(bytes: UnsafeRawBufferPointer(out))!
        }
        reset()
        return digest
    }

    private func reset() {
        precondition(EVP_DigestInit_ex2(context, SHA256Method.shared, nil) == 1, "OpenSSL cannot compute SHA-256")
    }
}
