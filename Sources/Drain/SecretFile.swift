import POP
import Platform

/// A file whose first line is a secret, besides that of a login.
enum SecretFile {
    private static let byteLimit = 64 << 10

    /// The first line, without its end.
    /// - Parameter key: of the manifest, which names the file.
    /// - Throws: `AccountFailure`, without a secret in it.
    static func firstLine(of path: String, key: String) throws(AccountFailure) -> SecretBytes {
        do {
            var bytes = try FileSystem.contents(of: path, byteLimit: byteLimit)
            defer { SecretBytes.wipe(&bytes) }
            return SecretBytes(copying: bytes.prefix { $0 != 10 && $0 != 13 })
        } catch {
            throw AccountFailure(.refused, "the `\(key)` cannot be used: \(error)", remedy: "")
        }
    }
}
