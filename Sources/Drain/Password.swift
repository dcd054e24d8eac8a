import Glibc
import Manifest
import Platform

/// Where passwords are read, each at the moment its login needs it.
enum Password {
    /// Reads the password of an account from where the manifest says.
    /// - Parameter stop: ends a command that is under way.
    /// - Throws: `AccountFailure`, without a secret in it.
    static func read(of account: Account, stop: EventFlag?) throws(AccountFailure) -> [UInt8] {
        let bytes: [UInt8]
        switch account.secret {
        case .literal(let secret): bytes = Array(secret.reveal().utf8)
        case .environment(let name):
            guard let value = getenv(name) else {
                throw AccountFailure(
                    .refused, "the environment variable of `password-env` is not set",
                    remedy: "export it where mailcask is started")
            }
            bytes = Array(UnsafeBufferPointer(start: value, count: strlen(value)).map { UInt8(bitPattern: $0) })
        case .file(let path): bytes = try firstLine(of: read(path))
        case .command(let command): bytes = try firstLine(of: run(command, stop))
        }
        guard !bytes.isEmpty else {
            throw AccountFailure(.refused, "the password is empty", remedy: "check \(account.secret)")
        }
        guard !bytes.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) else {
            throw AccountFailure(
                .refused, "the password holds a line break or NUL, which POP3 cannot send",
                remedy: "check \(account.secret)")
        }
        return bytes
    }

    private static func firstLine(of bytes: [UInt8]) -> [UInt8] {
        var line = Array(bytes.prefix { $0 != 10 })
        if line.last == 13 { line.removeLast() }
        return line
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
