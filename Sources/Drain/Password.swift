import Glibc
import Manifest
import POP
import Platform

/// Where passwords are read, each at the moment its login needs it.
enum Password {
    /// Reads the password of an account from where the manifest says.
    /// - Parameter stop: ends a command that is under way.
    /// - Throws: `AccountFailure`, without a secret in it.
    static func read(of account: Account, stop: EventFlag?) throws(AccountFailure) -> SecretBytes {
        var bytes: [UInt8] = []
        defer { SecretBytes.wipe(&bytes) }
        switch account.secret {
        case .unneeded: return SecretBytes(copying: [])
        case .literal(let secret): bytes = Array(secret.reveal().utf8)
        case .environment(let name):
            guard let value = getenv(name) else {
                throw AccountFailure(
                    .refused, "the environment variable of `password-env` is not set",
                    remedy: "export it where mailcask is started")
            }
            bytes = Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        case .file(let path):
            bytes = try read(path)
            keepFirstLine(of: &bytes)
        case .command(let command):
            bytes = try run(command, stop)
            keepFirstLine(of: &bytes)
        }
        guard !bytes.isEmpty else {
            throw AccountFailure(.refused, "the password is empty", remedy: "check \(account.secret)")
        }
        guard !bytes.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
            throw AccountFailure(
                .refused, "the password holds a line break or NUL, which POP3 cannot send",
                remedy: "check \(account.secret)")
        }
        return SecretBytes(taking: &bytes)
    }

    /// In place, so that no copy is left behind.
    private static func keepFirstLine(of bytes: inout [UInt8]) {
        var end = bytes.firstIndex(of: 10) ?? bytes.count
        if end > 0, bytes[end - 1] == 13 { end -= 1 }
        for index in end..<bytes.count { bytes[index] = 0 }
        bytes.removeLast(bytes.count - end)
    }

    private static func read(_ path: String) throws(AccountFailure) -> [UInt8] {
        do {
            return try FileSystem.contents(of: path, byteLimit: 64 << 10)
        } catch {
            throw AccountFailure(.refused, "the `password-file` cannot be used: \(error)", remedy: "")
        }
    }

    private static func run(_ command: String, _ stop: EventFlag?) throws(AccountFailure) -> [UInt8] {
        do {
            return try ShellCommand.output(of: command, timeout: .seconds(60), stop: stop)
        } catch {
            let reason: String
            switch error {
            case .stopped: throw .stopped
            case .cannotStart(let number): reason = "cannot be started (\(String(cString: strerror(number))))"
            case .timedOut: reason = "did not end within 60 s"
            case .exited(let status): reason = "ended with status \(status)"
            case .killed(let signal): reason = "was ended by signal \(signal)"
            case .outputTooLong(let limit): reason = "printed more than \(limit) bytes"
            }
            throw AccountFailure(
                .refused, "the `password-command` \(reason)", remedy: "try the command by hand, as the same user")
        }
    }
}
