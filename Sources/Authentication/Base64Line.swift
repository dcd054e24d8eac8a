import COpenSSL
package import POP

/// Base64 as SASL uses it (RFC 4648, section 4; RFC 5034, section 4): one line, nothing foreign in it, padded.
package enum Base64Line {
    package static func encoded(_ secret: SecretBytes) -> SecretBytes {
        secret.withBytes { bytes in
            // One more for the NUL that OpenSSL puts behind it.
            var line = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
            if let start = bytes.baseAddress, !bytes.isEmpty {
                EVP_EncodeBlock(&line, start.assumingMemoryBound(to: UInt8.self), CInt(bytes.count))
            }
            line.removeLast()
            return SecretBytes(taking: &line)
        }
    }

    package static func encoded(_ bytes: [UInt8]) -> String {
        encoded(SecretBytes(copying: bytes)).withBytes { String(decoding: $0, as: UTF8.self) }
    }

    /// `nil` for what is not base64, to the last bit.
    package static func decoded(_ line: some Collection<UInt8>) -> [UInt8]? {
        let line = Array(line)
        guard line.count % 4 == 0 else { return nil }
        let padding = line.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard line.dropLast(padding).allSatisfy(isInAlphabet) else { return nil }
        guard !line.isEmpty else { return [] }
        var bytes = [UInt8](repeating: 0, count: line.count / 4 * 3)
        guard EVP_DecodeBlock(&bytes, line, CInt(line.count)) >= 0 else { return nil }
        bytes.removeLast(padding)
        // The bits that padding leaves over are zero.
        return encoded(bytes).utf8.elementsEqual(line) ? bytes : nil
    }

    private static func isInAlphabet(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
