/// The SHA-256 of a server's public key, its SubjectPublicKeyInfo (RFC 7469, section 2.4).
package struct KeyPin: Sendable, Hashable {
    /// 32 bytes.
    package let digest: [UInt8]

    /// `sha256:` and 64 hexadecimal digits, in pairs with colons or not; or `sha256//` and 44 characters of base64, as
    /// curl(1) has it. `nil` for all else.
    package init?(_ text: String) {
        let decoded: [UInt8]?
        if text.hasPrefix("sha256//") {
            decoded = Self.base64(text.utf8.dropFirst(8))
        } else if text.hasPrefix("sha256:") {
            decoded = Self.hexadecimal(text.dropFirst(7))
        } else {
            return nil
        }
        guard let decoded, decoded.count == 32 else { return nil }
        digest = decoded
    }

    private static func hexadecimal(_ text: Substring) -> [UInt8]? {
        let pairs: [Substring]
        if text.contains(":") {
            pairs = text.split(separator: ":", omittingEmptySubsequences: false)
        } else {
            guard text.utf8.count == 64 else { return nil }
            let digits = Array(text.utf8)
            pairs = stride(from: 0, to: 64, by: 2).map { Substring(decoding: digits[$0..<$0 + 2], as: UTF8.self) }
        }
        let bytes = pairs.compactMap { pair -> UInt8? in
            // A sign would pass for a digit.
            guard pair.utf8.count == 2, pair.allSatisfy(\.isHexDigit) else { return nil }
            return UInt8(pair, radix: 16)
        }
        return bytes.count == pairs.count ? bytes : nil
    }

    /// Of 32 bytes: 43 characters and a "=".
    private static func base64(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard text.count == 44, text.dropFirst(43).first == UInt8(ascii: "=") else { return nil }
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount = 0
        for character in text.prefix(43) {
            guard let value = value(ofBase64: character) else { return nil }
            bits = bits << 6 | value
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        // What is left over must be zero, so that a key has one pin in each form.
        return bits == 0 ? bytes : nil
    }

    private static func value(ofBase64 character: UInt8) -> UInt32? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
