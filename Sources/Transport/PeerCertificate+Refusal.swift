import COpenSSL

extension PeerCertificate {
    /// Why it was refused, and what to set. `code` is an `X509_V_ERR_...` value.
    func explain(_ code: CInt, _ endpoint: Endpoint) -> String {
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the certificate of \(subject) expired on \(notAfter): the server's operator must renew it"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the certificate of \(subject) is valid only from \(notBefore): is this machine's clock right?"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let listed = names.isEmpty ? subject : names.joined(separator: ", ")
            return "the certificate is for \(listed), not for \(endpoint.expectedName): set `host` to a name it lists, "
                + "or `tls-server-name` where the host is right"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the certificate of \(subject) is signed by itself or by an unknown authority: if you trust it, "
                + "save it as PEM and set `ca-file`\(pinAdvice)"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the issuer of the certificate of \(subject), \(issuer), is not trusted here: install "
                + "ca-certificates, or set `ca-file` to the authority's PEM file"
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "the certificate of \(subject) is not signed by the \(issuer) that is trusted here, which has "
                + "another key: set `ca-file` to the PEM file of the authority as it is now"
        case X509_V_ERR_APPLICATION_VERIFICATION:
            return
                "the key of the certificate of \(subject) is not the one of `tls-pin`, but \(seenPin): set that where "
                + "the server's operator confirms it; otherwise somebody on the way may have put it there"
        case X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK:
            return "the certificate of \(subject) has a key that is too small or a digest that is broken: the server's "
                + "operator must renew it; until then `tls-security-level = 1` lets RSA of 1024 bits in, and 0 all"
        default:
            if let words = explainRevocation(code) { return words }
            let reason = String(cString: X509_verify_cert_error_string(Int(code)))
            return "the certificate of \(subject) was refused: \(reason)"
        }
    }

    private func explainRevocation(_ code: CInt) -> String? {
        switch code {
        case X509_V_ERR_CERT_REVOKED:
            "the certificate of \(subject) was revoked by its issuer, \(issuer), as `crl-file` tells: the server's operator "
                + "must replace it"
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            "`crl-file` has no list of \(issuer), the issuer of the certificate of \(subject): add it, or delete the key"
        case X509_V_ERR_CRL_HAS_EXPIRED:
            "the list of \(issuer) in `crl-file` has expired, so whether the certificate of \(subject) was revoked is not "
                + "known: fetch the new one"
        case X509_V_ERR_CRL_NOT_YET_VALID:
            "the list of \(issuer) in `crl-file` is not valid yet: is this machine's clock right?"
        case X509_V_ERR_CRL_SIGNATURE_FAILURE, X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
            "the list of \(issuer) in `crl-file` is not signed by the one that is trusted here: fetch the right one"
        default: nil
        }
    }

    private var seenPin: String { pin?.description ?? "one that cannot be read" }

    private var pinAdvice: String { pin.map { ", or `tls-pin = \"\($0)\"`" } ?? "" }
}
