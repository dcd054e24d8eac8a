import COpenSSL

/// What `tls-ciphers` lists: the suites of TLS 1.3, which have names of their own, and what ciphers(1) calls a list.
struct CipherChoice {
    /// What is wrong with a list, and what to write.
    struct Problem: Error {
        let message: String
    }

    /// No certificate, or no encryption: not even where a list asks for it.
    private static let never = ["!aNULL", "!eNULL"]

    /// Ciphers of less than 128 bits, and those that are broken: RC4, MD5, DSS, and a MAC of 64 bits.
    private static let weakClasses = "LOW:MEDIUM:3DES:RC4:MD5:aDSS:AESCCM8:!aNULL:!eNULL"

    private let suites: [String]
    /// Words such as `ECDHE+AESGCM` or `!SHA1`.
    private let words: [String]

    init(_ text: String) {
        let all = text.split { ":, ".contains($0) }.map(String.init)
        suites = all.filter(Self.isSuite)
        words = all.filter { !Self.isSuite($0) }
    }

    /// The names of TLS 1.3 tell no key exchange (RFC 8446, appendix B.4).
    private static func isSuite(_ word: String) -> Bool { word.hasPrefix("TLS_") && !word.contains("_WITH_") }

    /// Sets it for a context. The half that is not listed stays as it was.
    func apply(to context: OpaquePointer) throws(Problem) {
        if suites.isEmpty, words.isEmpty {
            throw Problem(message: "`tls-ciphers` is empty: delete it, or list a cipher")
        }
        for word in suites + words { try check(word) }
        defer { ERR_clear_error() }
        if !suites.isEmpty, SSL_CTX_set_ciphersuites(context, suites.joined(separator: ":")) != 1 {
            throw Self.unknown(suites.joined(separator: ":"))
        }
        guard !words.isEmpty else { return }
        guard SSL_CTX_set_cipher_list(context, (words + Self.never).joined(separator: ":")) == 1,
            Self.names(of: context).contains(where: { !Self.isSuite($0) })
        else { throw Problem(message: "`tls-ciphers` leaves no cipher: list one that it does not take away") }
    }

    /// Those of the weak classes that it allows and that OpenSSL's own choice lacks.
    func weakNames() -> [String] {
        let strong = Set(Self.names { _ in })
        let weak = Set(Self.names { SSL_CTX_set_cipher_list($0, Self.weakClasses) })
        return Self.names { try? apply(to: $0) }.filter { weak.contains($0) && !strong.contains($0) }
    }

    /// OpenSSL passes over words that it does not know.
    private func check(_ word: String) throws(Problem) {
        if word.hasPrefix("@SECLEVEL") {
            throw Problem(message: "`tls-ciphers` holds \(word): the key for it is `tls-security-level`")
        }
        let bare = word.hasPrefix("@") ? "" : word.drop { "!-+".contains($0) }
        if bare.isEmpty {
            if word == "@STRENGTH" { return }
            throw Self.unknown(word)
        }
        guard let context = SSL_CTX_new(TLS_client_method()) else { return }
        defer {
            SSL_CTX_free(context)
            ERR_clear_error()
        }
        if Self.isSuite(word) {
            guard SSL_CTX_set_ciphersuites(context, word) == 1, Self.names(of: context).contains(word) else {
                throw Self.unknown(word)
            }
            return
        }
        guard SSL_CTX_set_cipher_list(context, String(bare)) == 1 else { throw Self.unknown(word) }
        let allowed = ([String(bare)] + Self.never).joined(separator: ":")
        guard word.first.map({ "!-+".contains($0) }) == true || SSL_CTX_set_cipher_list(context, allowed) == 1 else {
            throw Problem(
                message: "`tls-ciphers` holds \(word), which is without a certificate or without encryption: delete it")
        }
    }

    private static func unknown(_ word: String) -> Problem {
        Problem(
            message:
                "`tls-ciphers` holds \(word), which OpenSSL does not know: `openssl ciphers -v ALL` lists the names")
    }

    /// The names that a new context has once it is set.
    private static func names<Ignored>(_ set: (OpaquePointer) -> Ignored) -> [String] {
        guard let context = SSL_CTX_new(TLS_client_method()) else { return [] }
        defer {
            SSL_CTX_free(context)
            ERR_clear_error()
        }
        _ = set(context)
        return names(of: context).filter { !isSuite($0) }
    }

    private static func names(of context: OpaquePointer) -> [String] {
        let list = SSL_CTX_get_ciphers(context)
        return (0..<max(0, OPENSSL_sk_num(list))).compactMap { index in
            OPENSSL_sk_value(list, index).flatMap { SSL_CIPHER_get_name(OpaquePointer($0)) }.map { String(cString: $0) }
        }
    }
}
