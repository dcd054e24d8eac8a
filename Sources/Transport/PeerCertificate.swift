import COpenSSL
import Glibc

/// What a server's certificate says of itself, for words to an administrator.
package struct PeerCertificate: Sendable {
    package let subject: String
    package let issuer: String
    /// The names and addresses that it is for.
    package let names: [String]
    let notBefore: String
    let notAfter: String
    /// When it expires, in seconds since 1970; `nil` when it does not say so in a readable way.
    package let expiry: Int64?
    /// `nil` when the key cannot be encoded.
    package let pin: PublicKeyPin?

    /// Of an `X509`.
    init(_ certificate: OpaquePointer) {
        subject = Self.text(of: X509_get_subject_name(certificate))
        issuer = Self.text(of: X509_get_issuer_name(certificate))
        names = Self.alternativeNames(of: certificate)
        notBefore = Self.text(of: X509_get0_notBefore(certificate))
        notAfter = Self.text(of: X509_get0_notAfter(certificate))
        expiry = Self.seconds(of: X509_get0_notAfter(certificate))
        pin = PublicKeyPin(certificate)
    }

    /// Those of a `STACK_OF(X509)`, in its order.
    static func chain(_ list: OpaquePointer?) -> [PeerCertificate] {
        (0..<max(0, OPENSSL_sk_num(list))).compactMap { index in
            OPENSSL_sk_value(list, index).map { PeerCertificate(OpaquePointer($0)) }
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

    private static func seconds(of time: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
        return Int64(timegm(&parts))
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
