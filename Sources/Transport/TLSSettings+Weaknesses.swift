extension TLSSettings {
    /// OpenSSL's own level, below which keys and digests of less than 112 bits pass.
    private static let ownSecurityLevel = 2

    /// What they allow that they would not by default, by their keys in the manifest.
    package var weaknesses: [String] {
        var found: [String] = []
        switch minimumVersion {
        case .tls10: found.append("`tls-min` allows TLS 1.0 and 1.1, which are forbidden as broken (RFC 8996)")
        case .tls11: found.append("`tls-min` allows TLS 1.1, which is forbidden as broken (RFC 8996)")
        case .tls12, .tls13: break
        }
        if let securityLevel, securityLevel < Self.ownSecurityLevel {
            found.append(
                "`tls-security-level = \(securityLevel)` allows "
                    + (securityLevel == 0
                        ? "keys of any size, MD5, SHA-1, broken ciphers, and servers without secure renegotiation"
                        : "keys of 80 bits of security, such as RSA of 1024 bits"))
        }
        let names = ciphers.map { CipherChoice($0).weakNames() } ?? []
        if !names.isEmpty {
            let more = names.count > 4 ? " and \(names.count - 4) more" : ""
            found.append("`tls-ciphers` allows weak ciphers: \(names.prefix(4).joined(separator: ", "))\(more)")
        }
        return found
    }
}
