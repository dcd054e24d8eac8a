import COpenSSL

/// An EC P-256 key, or an RSA key.
struct PrivateKey: ~Copyable {
    let handle: OpaquePointer

    /// A new key.
    init() throws(SimulationError) {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1,
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw .openSSL("EVP_PKEY_generate") }
        handle = key
    }

    /// A new RSA key.
    init(rsaBitCount: Int32) throws(SimulationError) {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_rsa_keygen_bits(context, rsaBitCount) == 1,
            EVP_PKEY_generate(context, &key) == 1, let key
        else { throw .openSSL("EVP_PKEY_generate") }
        handle = key
    }

    init(pem: String) throws(SimulationError) {
        let memory = try MemoryBIO(pem)
        guard let key = PEM_read_bio_PrivateKey(memory.handle, nil, nil, nil) else {
            throw .openSSL("PEM_read_bio_PrivateKey")
        }
        handle = key
    }

    deinit { EVP_PKEY_free(handle) }

    func pem() throws(SimulationError) -> String {
        let memory = try MemoryBIO()
        guard PEM_write_bio_PrivateKey(memory.handle, handle, nil, nil, 0, nil, nil) == 1 else {
            throw .openSSL("PEM_write_bio_PrivateKey")
        }
        return memory.text()
    }
}
