import COpenSSL

/// Hashes, keyed and not, of OpenSSL.
enum Keyed {
    /// HMAC (RFC 2104).
    static func mac(_ hash: OpaquePointer?, key: UnsafeRawBufferPointer, _ message: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MD_get_size(hash)))
        // A key of no octets still needs an address.
        let none: UInt8 = 0
        let done = withUnsafePointer(to: none) { none in
            HMAC(
                hash, key.baseAddress ?? UnsafeRawPointer(none), CInt(key.count), message, message.count, &result, nil)
        }
        precondition(done != nil, "OpenSSL has the hash")
        return result
    }

    static func hash(_ hash: OpaquePointer?, _ message: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: Int(EVP_MD_get_size(hash)))
        let status = EVP_Digest(message, message.count, &result, nil, hash, nil)
        precondition(status == 1, "OpenSSL has the hash")
        return result
    }
}

/// Lower-case hexadecimal.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
