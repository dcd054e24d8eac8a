import Glibc
import Manifest
import POP

/// The password of an account's proxy, read for one connection.
enum ProxyPassword {
    /// Lends the password, or `nil` where there is no proxy that wants one.
    /// - Throws: `AccountFailure`, without a secret in it, and what `body` throws.
    static func lend<Result>(of account: Account, _ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        guard case .proxy(let proxy) = account.route.way, let source = proxy.secret else { return try body(nil) }
        return try read(source).withBytes { try body($0) }
    }

    private static func read(_ source: SecretSource) throws(AccountFailure) -> SecretBytes {
        let password: SecretBytes
        switch source {
        case .file(let path): password = try SecretFile.firstLine(of: path, key: "proxy-password-file")
        case .environment(let name):
            guard let value = getenv(name) else {
                throw AccountFailure(
                    .refused, "the environment variable of `proxy-password-env` is not set",
                    remedy: "export it where mailcask is started")
            }
            password = SecretBytes(copying: UnsafeRawBufferPointer(start: value, count: strlen(value)))
        default: preconditionFailure("no key of the manifest gives a proxy such a password")
        }
        guard password.byteCount > 0 else {
            throw AccountFailure(
                .refused, "the password of the proxy is empty",
                remedy: "check `proxy-password-file` or `proxy-password-env`")
        }
        return password
    }
}
