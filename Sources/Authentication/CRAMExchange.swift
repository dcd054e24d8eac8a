import COpenSSL
import POP

/// CRAM-MD5 (RFC 2195): a hash of the challenge, keyed with the password. The server proves nothing.
struct CRAMExchange: SASLExchange {
    private let credentials: Credentials

    init(_ credentials: Credentials) { self.credentials = credentials }

    func begin() -> SecretBytes? { nil }

    func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        guard !challenge.isEmpty else {
            throw AuthenticationError(.badChallenge, .cramMD5, "the server sent an empty challenge")
        }
        let mac = credentials.secret.withBytes { Keyed.mac(EVP_md5(), key: $0, challenge) }
        return SecretBytes(copying: Array("\(credentials.user) \(Hexadecimal.text(mac))".utf8))
    }
}
