import COpenSSL
import Glibc

/// What a server's certificate says of itself, for words to an administrator.
struct PeerCertificate {
    private let subject: String
    private let issuer: String
    private let names: [String]
    private let notBefore: String
    private let notAfter: String

    /// Of an `X509`.
    init(_ certificate: OpaquePointer) {
        subject = Self.text(of: X509_get_subject_name(certificate))
        issuer = Self.text(of: X509_get_issuer_name(certificate))
        names = Self.alternativeNames(of: certificate)
        notBefore = Self.text(of: X509_get0_notBefore(certificate))
        notAfter = Self.text(of: X509_get0_notAfter(certificate))
    }

    /// Why it was refused, and what to set. `code` is an `X509_V_ERR_...` value.
    func explain(_ code: Int, _ endpoint: Endpoint) -> String {
        switch CInt(code) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "the certificate of \(subject) expired on \(notAfter): the server's operator must renew it"
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return "the certificate of \(subject) is valid only from \(notBefore): is this machine's clock right?"
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            let listed = names.isEmpty ? subject : names.joined(separator: ", ")
            return "the certificate is for \(listed), not for \(endpoint.host): set `host` to a name it lists"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            return "the certificate of \(subject) is signed by itself or by an unknown authority: if you trust it, "
                + "save it as PEM and set `ca-file`"
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            return "the issuer of the certificate of \(subject), \(issuer), is not trusted here: install "
                + "ca-certificates, or set `ca-file` to the authority's PEM file"
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return "the certificate of \(subject) is not signed by the \(issuer) that is trusted here, which has "
                + "another key: set `ca-file` to the PEM file of the authority as it is now"
        default:
            let reason = String(cString: X509_verify_cert_error_string(code))
            return "the certificate of \(subject) was refused: \(reason)"
        }
    }

    private static func alternativeNames(of certificate: OpaquePointer) -> [String] {
        guard let raw = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(raw)
        defer { GENERAL_NAMES_free(list) }
        return (0..<OPENSSL_sk_num(list)).compactMap { index in
            guard let value = OPENSSL_sk_value(list, index) else { return nil }
            let name = value.assumingMemoryBound(to: GENERAL_NAME.self)
            switch name.pointee.type {
            case GEN_DNS: return name.pointee.d.dNSName.map { printable(bytes(of: $0)) }
            case GEN_IPADD: return name.pointee.d.iPAddress.flatMap { address(bytes(of: $0)) }
            default: return nil
            }
        }
    }

    private static func bytes(of string: UnsafePointer<ASN1_STRING>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    }

    /// An address of 4 or 16 bytes as people write it.
    private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
            inet_ntop(
                bytes.count == 4 ? AF_INET : AF_INET6, bytes.baseAddress, text.baseAddress!, socklen_t(text.count)
            ).map { String(cString: $0) }
        }
    }

    private static func text(of name: OpaquePointer?) -> String {
        guard let name, let output = BIO_new(BIO_s_mem()) else { return "?" }
        defer { BIO_free(output) }
        X509_NAME_print_ex(output, name, 0, mc_name_flags())
        return contents(of: output)
    }

    private static func text(of time: UnsafePointer<ASN1_TIME>?) -> String {
        guard let time, let output = BIO_new(BIO_s_mem()) else { return "?" }
        defer { BIO_free(output) }
        ASN1_TIME_print(output, time)
        return contents(of: output)
    }

    private static func contents(of output: OpaquePointer) -> String {
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = BIO_read(output, &bytes, CInt(bytes.count))
        return printable(bytes.prefix(max(0, Int(count))))
    }

    /// Certificates are the peer's words: nothing but printable ASCII gets through.
    private static func printable(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
}
