import COpenSSL
import POP

/// The hash of a SCRAM mechanism, and the keys that are made with it.
enum ScramHash: Sendable {
    case sha1, sha256, sha512

    private var method: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha512: EVP_sha512()
        }
    }

    func hash(_ message: [UInt8]) -> [UInt8] { Keyed.hash(method, message) }

    func mac(key: SecretBytes, _ message: [UInt8]) -> [UInt8] {
        key.withBytes { Keyed.mac(method, key: $0, message) }
    }

    /// `Hi` of RFC 5802, section 2.2, which is PBKDF2.
    func saltedPassword(_ password: SecretBytes, salt: [UInt8], iterationCount: Int) -> SecretBytes {
        var key = [UInt8](repeating: 0, count: Int(EVP_MD_get_size(method)))
        let status = password.withBytes { password in
            // A password of no octets still needs an address.
            [UInt8(0)].withUnsafeBytes { none in
                PKCS5_PBKDF2_HMAC(
                    (password.baseAddress ?? none.baseAddress!).assumingMemoryBound(to: CChar.self),
                    CInt(password.count), salt, CInt(salt.count), CInt(iterationCount), method, CInt(key.count), &key)
            }
        }
        precondition(status == 1, "OpenSSL has the hash")
        return SecretBytes(taking: &key)
    }
}
