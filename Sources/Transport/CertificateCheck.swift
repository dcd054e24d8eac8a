import COpenSSL

/// What is thought of a server's certificate in one handshake, by OpenSSL and by the pins. OpenSSL tells it only while it
/// verifies, to callbacks: afterwards it has let go of the chain.
final class CertificateCheck {
    /// What a pin does not make good: the key itself is at fault.
    private static let lastingFlaws = [X509_V_ERR_CERT_REVOKED, X509_V_ERR_EE_KEY_TOO_SMALL]

    private let pins: [PublicKeyPin]
    private var isPinned = false
    private var chain: [PeerCertificate] = []
    private var flawed: PeerCertificate?
    /// An `X509_V_ERR_...` value.
    private var code = X509_V_OK

    init(_ pins: [PublicKeyPin]) { self.pins = pins }

    /// Runs the handshake of an `SSL`, noting what is refused meanwhile.
    func watch<Result>(_ session: OpaquePointer, _ handshake: () -> Result) -> Result {
        SSL_set_ex_data(session, 0, Unmanaged.passUnretained(self).toOpaque())
        defer { SSL_set_ex_data(session, 0, nil) }
        return handshake()
    }

    /// Why the certificate was refused, and what to set; `nil` when none was.
    func explain(_ endpoint: Endpoint) -> String? { flawed?.explain(code, endpoint) }

    /// The chain of a server that was refused; `nil` when none was.
    var refused: RefusedChain? {
        guard flawed != nil else { return nil }
        let isForAnother = code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH
        return RefusedChain(certificates: chain, isForAnotherName: isForAnother)
    }

    /// For SSL_CTX_set_cert_verify_callback(3): the verdict.
    static let verdict: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> CInt = { store, _ in
        guard let store, let check = of(store) else { return 0 }
        return check.verify(store) ? 1 : 0
    }

    /// For SSL_CTX_set_verify(3): each flaw that is found on the way to it.
    static let flaw: @convention(c) (CInt, OpaquePointer?) -> CInt = { isAccepted, store in
        guard isAccepted == 0, let store, let check = of(store) else { return isAccepted }
        return check.forgives(store) ? 1 : 0
    }

    private static func of(_ store: OpaquePointer) -> CertificateCheck? {
        guard let session = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let note = SSL_get_ex_data(OpaquePointer(session), 0)
        else { return nil }
        return Unmanaged<CertificateCheck>.fromOpaque(note).takeUnretainedValue()
    }

    private func verify(_ store: OpaquePointer) -> Bool {
        var isGood = false
        if !pins.isEmpty, let leaf = X509_STORE_CTX_get0_cert(store) {
            isPinned = PublicKeyPin(leaf).map(pins.contains) ?? false
            if !isPinned { X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION) }
        }
        if pins.isEmpty || isPinned { isGood = X509_verify_cert(store) == 1 }
        if isGood {
            // What the pin has made good is no flaw.
            X509_STORE_CTX_set_error(store, X509_V_OK)
        } else {
            if flawed == nil { note(store) }
            chain = PeerCertificate.chain(X509_STORE_CTX_get0_untrusted(store))
        }
        return isGood
    }

    private func forgives(_ store: OpaquePointer) -> Bool {
        let code = X509_STORE_CTX_get_error(store)
        // Those above the server's own issuer are checked where there is a list.
        if code == X509_V_ERR_UNABLE_TO_GET_CRL, X509_STORE_CTX_get_error_depth(store) > 0 { return true }
        if isPinned, !Self.lastingFlaws.contains(code) { return true }
        note(store)
        return false
    }

    private func note(_ store: OpaquePointer) {
        code = X509_STORE_CTX_get_error(store)
        flawed = (X509_STORE_CTX_get_current_cert(store) ?? X509_STORE_CTX_get0_cert(store)).map(PeerCertificate.init)
    }
}
