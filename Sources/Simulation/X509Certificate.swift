import COpenSSL

/// The extensions a simulated certificate carries, by OpenSSL's numbers.
enum NID {
    static let basicConstraints = NID_basic_constraints
    static let keyUsage = NID_key_usage
    static let extendedKeyUsage = NID_ext_key_usage
    static let subjectAlternativeName = NID_subject_alt_name
    static let subjectKeyIdentifier = NID_subject_key_identifier
}

/// An X.509 version 3 certificate in the making, with a random serial number.
struct X509Certificate: ~Copyable {
    let handle: OpaquePointer

    init() throws(SimulationError) {
        guard let handle = X509_new() else { throw .openSSL("X509_new") }
        guard X509_set_version(handle, 2) == 1,
            ASN1_INTEGER_set_int64(X509_get_serialNumber(handle), Int64.random(in: 1...Int64.max)) == 1
        else {
            X509_free(handle)
            throw .openSSL("X509_set_version")
        }
        self.handle = handle
    }

    /// One that is made already.
    init(pem: String) throws(SimulationError) {
        let memory = try MemoryBIO(pem)
        guard let handle = PEM_read_bio_X509(memory.handle, nil, nil, nil) else { throw .openSSL("PEM_read_bio_X509") }
        self.handle = handle
    }

    deinit { X509_free(handle) }

    func setNames(subject: String, issuer: String) throws(SimulationError) {
        guard Self.setCommonName(X509_get_subject_name(handle), subject),
            Self.setCommonName(X509_get_issuer_name(handle), issuer)
        else { throw .openSSL("X509_NAME_add_entry_by_txt") }
    }

    private static func setCommonName(_ name: OpaquePointer?, _ text: String) -> Bool {
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, Array(text.utf8), Int32(text.utf8.count), -1, 0) == 1
    }

    /// Both in days from now.
    func setValidity(fromDays: Int32, toDays: Int32) throws(SimulationError) {
        guard X509_time_adj_ex(X509_getm_notBefore(handle), fromDays, 0, nil) != nil,
            X509_time_adj_ex(X509_getm_notAfter(handle), toDays, 0, nil) != nil
        else { throw .openSSL("X509_time_adj_ex") }
    }

    /// Adds an extension whose value derives from the public key.
    func add(_ nid: Int32, _ value: String, publicKey: borrowing PrivateKey) throws(SimulationError) {
        guard X509_set_pubkey(handle, publicKey.handle) == 1 else { throw .openSSL("X509_set_pubkey") }
        try add(nid, value)
    }

    func add(_ nid: Int32, _ value: String) throws(SimulationError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, nil, handle, nil, nil, 0)
        let made = X509V3_EXT_conf_nid(nil, &context, nid, value)
        defer { X509_EXTENSION_free(made) }
        guard made != nil, X509_add_ext(handle, made, -1) == 1 else { throw .openSSL("X509V3_EXT_conf_nid") }
    }

    func sign(publicKey: borrowing PrivateKey, with key: borrowing PrivateKey) throws(SimulationError) {
        guard X509_set_pubkey(handle, publicKey.handle) == 1, X509_sign(handle, key.handle, EVP_sha256()) > 0 else {
            throw .openSSL("X509_sign")
        }
    }

    func pem() throws(SimulationError) -> String {
        let memory = try MemoryBIO()
        guard PEM_write_bio_X509(memory.handle, handle) == 1 else { throw .openSSL("PEM_write_bio_X509") }
        return memory.text()
    }
}
