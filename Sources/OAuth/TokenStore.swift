package import POP
package import Platform

/// The file that keeps a refresh token: one line, for its owner alone.
package struct TokenStore: Sendable, Hashable {
    /// No issuer's refresh token is longer.
    private static let byteLimit = 64 << 10

    package let path: String

    package init(path: String) { self.path = path }

    /// - Throws: `TokenError` where there is none.
    package func read() throws(TokenError) -> SecretBytes {
        var bytes: [UInt8]
        do throws(FileError) { bytes = try FileSystem.contents(of: path, byteLimit: Self.byteLimit) } catch {
            throw TokenError(
                .refused,
                error.isMissing
                    ? "there is no refresh token yet: run `mailcask login` for this account once"
                    : "the refresh token cannot be read: \(error)")
        }
        defer { SecretBytes.wipe(&bytes) }
        let line = bytes.prefix { $0 != 10 && $0 != 13 }
        guard !line.isEmpty, line.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TokenError(.refused, "\(path) holds no refresh token: run `mailcask login` for this account again")
        }
        return SecretBytes(copying: line)
    }

    /// Keeps a token in place of the one before; after a crash the file holds one of the two.
    package func write(_ token: SecretBytes) throws(FileError) {
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        var bytes = token.withBytes { Array($0) + [10] }
        defer { SecretBytes.wipe(&bytes) }
        try FileSystem.replace(path, with: bytes)
    }
}
