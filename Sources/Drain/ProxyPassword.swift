import Glibc
import Manifest
import POP
import Platform

/// The password of an account's proxy, read for one connection.
enum ProxyPassword {
    /// Lends the password, or `nil` where there is no proxy that wants one.
    /// - Throws: `AccountFailure`, without a secret in it, and what `body` throws.
    static func lend<Result>(of account: Account, _ body: (UnsafeRawBufferPointer?) throws -> Result) throws -> Result {
        guard case .proxy(let proxy) = account.route.way, let source = proxy.secret else { return try body(nil) }
        return try read(source).withBytes { try body($0) }
    }

    private static func read(_ source: SecretSource) throws(AccountFailure) -> SecretBytes {
        var bytes: [UInt8]
        switch source {
        case .file(let path):
            do { bytes = try FileSystem.contents(of: path, byteLimit: 64 << 10) } catch {
                throw AccountFailure(.refused, "the `proxy-password-file` cannot be used: \(error)", remedy: "")
            }
            let end = bytes.firstIndex { $0 == 10 || $0 == 13 } ?? bytes.count
            for index in end..<bytes.count { bytes[index] = 0 }
            bytes.removeLast(bytes.count - end)
        case .environment(let name):
            guard let value = getenv(name) else {
                throw AccountFailure(
                    .refused, "the environment variable of `proxy-password-env` is not set",
                    remedy: "export it where mailcask is started")
            }
            bytes = Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        default: preconditionFailure("no key of the manifest gives a proxy such a password")
        }
        guard !bytes.isEmpty else {
            throw AccountFailure(
                .refused, "the password of the proxy is empty",
                remedy: "check `proxy-password-file` or `proxy-password-env`")
        }
        return SecretBytes(taking: &bytes)
    }
}
