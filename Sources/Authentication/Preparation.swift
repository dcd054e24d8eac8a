import CGSASL
import Glibc
import POP

/// SASLprep (RFC 4013): user names and passwords in the one form in which both sides compare them.
enum Preparation {
    /// - Throws: where the text holds what SASLprep forbids.
    static func prepared(_ text: SecretBytes, for mechanism: Mechanism) throws(AuthenticationError) -> SecretBytes {
        // Plain ASCII without control characters stays as it is, and nothing copies it.
        if text.withBytes({ $0.allSatisfy { (0x20...0x7E).contains($0) } }) { return text }
        var bytes = text.withBytes { Array($0) + [0] }
        defer { SecretBytes.wipe(&bytes) }
        var output: UnsafeMutablePointer<CChar>?
        let status = bytes.withUnsafeBytes {
            gsasl_saslprep($0.baseAddress!.assumingMemoryBound(to: CChar.self), Gsasl_saslprep_flags(0), &output, nil)
        }
        guard status == GSASL_OK.rawValue, let output else {
            throw AuthenticationError(
                .unusableCredentials, mechanism,
                "the user name or the password holds characters that SASLprep (RFC 4013) forbids, or is not UTF-8")
        }
        defer {
            explicit_bzero(output, strlen(output))
            gsasl_free(output)
        }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: output, count: strlen(output)))
    }
}
