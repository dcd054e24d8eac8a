import COpenSSL
package import POP

/// APOP (RFC 1939, section 7): a hash of the greeting's timestamp and the password.
package enum APOPDigest {
    /// The timestamp of a greeting with its angle brackets; `nil` where there is none that may be used. A greeting that is
    /// no message-id may be chosen to make the password known (CVE-2007-1558).
    package static func timestamp(ofGreeting text: [UInt8]) -> [UInt8]? {
        guard let start = text.firstIndex(of: UInt8(ascii: "<")),
            let end = text[start...].firstIndex(of: UInt8(ascii: ">"))
        else { return nil }
        let parts = text[(start + 1)..<end].split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "<") } })
        else { return nil }
        return Array(text[start...end])
    }

    /// 32 hexadecimal digits.
    package static func digest(timestamp: [UInt8], password: SecretBytes) -> [UInt8] {
        var message = password.withBytes { password in
            var message: [UInt8] = []
            message.reserveCapacity(timestamp.count + password.count)
            message += timestamp
            message += password
            return message
        }
        defer { SecretBytes.wipe(&message) }
        return Array(Hexadecimal.text(Keyed.hash(EVP_md5(), message)).utf8)
    }
}
