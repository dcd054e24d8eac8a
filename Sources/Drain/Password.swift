import Glibc
import Manifest
import OAuth
import POP
import Platform

/// Where passwords and tokens are read, each at the moment its login needs it.
struct Password {
    /// A command has so long.
    private static let patience: Duration = .seconds(60)
    /// No file with passwords is larger.
    private static let fileByteLimit = 1 << 20

    private let account: Account
    private let prompted: PromptedPasswords
    private let tokens: AccessTokens
    private let stop: EventFlag?

    /// - Parameters:
    ///   - prompted: what was asked for before the first login.
    ///   - tokens: of the issuers, those that are still good.
    ///   - stop: ends a command that is under way.
    init(of account: Account, prompted: PromptedPasswords, tokens: AccessTokens, stop: EventFlag?) {
        (self.account, self.prompted, self.tokens, self.stop) = (account, prompted, tokens, stop)
    }

    /// Whether it may take longer to read than a server waits for a login.
    var isSlow: Bool {
        switch account.secret {
        case .command, .secretService, .tokenCommand, .oauth: true
        default: false
        }
    }

    /// Reads the password from where the manifest says.
    /// - Throws: `AccountFailure`, without a secret in it.
    func read() throws(AccountFailure) -> SecretBytes {
        var bytes: [UInt8] = []
        defer { SecretBytes.wipe(&bytes) }
        switch account.secret {
        case .unneeded: return SecretBytes(copying: [])
        case .prompt: return try checked(try prompted.password(of: account))
        case .literal(let secret): bytes = Array(secret.reveal().utf8)
        case .environment(let name):
            guard let value = getenv(name) else {
                throw AccountFailure(
                    .refused, "the environment variable of `password-env` is not set",
                    remedy: "export it where mailcask is started")
            }
            bytes = Array(UnsafeRawBufferPointer(start: value, count: strlen(value)))
        case .file(let path): bytes = try firstLine(of: contents(of: path, "password-file"))
        case .credential(let name): bytes = try firstLine(of: credential(name))
        case .netrc(let path): return try checked(try entry(of: path))
        case .secretService(let attributes): bytes = try firstLine(of: found(by: attributes))
        case .command(let command): bytes = try firstLine(of: run(command, "`password-command`"))
        case .tokenCommand(let command): bytes = try firstLine(of: run(command, "`token-command`"))
        case .oauth(let settings): return try token(of: settings)
        }
        return try checked(SecretBytes(taking: &bytes))
    }

    /// Forgets a token that a server has refused, so that another one is had.
    func discard() {
        guard case .oauth(let settings) = account.secret,
            let store = try? TokenStore(settings, account: account.name)
        else { return }
        tokens.discard(store)
    }

    private func token(of settings: OAuthSettings) throws(AccountFailure) -> SecretBytes {
        let store = try TokenStore(settings, account: account.name)
        let client = try TokenClient(settings, stop: stop)
        do { return try tokens.token(of: store, client) } catch let error as TokenError {
            throw AccountFailure(error)
        } catch {
            throw AccountFailure(
                .refused, "the new refresh token cannot be kept: \(error)",
                remedy: "mend that, and run `mailcask login` for this account")
        }
    }

    private func checked(_ secret: SecretBytes) throws(AccountFailure) -> SecretBytes {
        let what = account.secret.isToken ? "token" : "password"
        guard secret.withBytes({ !$0.isEmpty }) else {
            throw AccountFailure(.refused, "the \(what) is empty", remedy: "check \(account.secret)")
        }
        guard secret.withBytes({ !$0.contains { $0 == 0 || $0 == 10 || $0 == 13 } }) else {
            throw AccountFailure(
                .refused, "the \(what) holds a line break or NUL, which POP3 cannot send",
                remedy: "check \(account.secret)")
        }
        return secret
    }

    /// In place, so that no copy is left behind.
    private func firstLine(of bytes: consuming [UInt8]) -> [UInt8] {
        var end = bytes.firstIndex(of: 10) ?? bytes.count
        if end > 0, bytes[end - 1] == 13 { end -= 1 }
        for index in end..<bytes.count { bytes[index] = 0 }
        bytes.removeLast(bytes.count - end)
        return bytes
    }

    private func contents(of path: String, _ key: String) throws(AccountFailure) -> [UInt8] {
        do { return try FileSystem.contents(of: path, byteLimit: Self.fileByteLimit) } catch {
            throw AccountFailure(.refused, "the `\(key)` cannot be used: \(error)", remedy: "")
        }
    }

    /// A file in the folder that systemd makes for a unit (systemd.exec(5)). Its name is not told: it may be a password that
    /// was written in the wrong place.
    private func credential(_ name: String) throws(AccountFailure) -> [UInt8] {
        guard let folder = Process.environment("CREDENTIALS_DIRECTORY") else {
            throw AccountFailure(
                .refused, "there are no credentials: CREDENTIALS_DIRECTORY is not set",
                remedy: "start mailcask by a unit of systemd that has LoadCredential= or SetCredential=")
        }
        do { return try FileSystem.contents(of: folder + "/" + name, byteLimit: Self.fileByteLimit) } catch {
            throw AccountFailure(
                .refused,
                "the credential of `password-credential` cannot be read: \(String(cString: strerror(error.errorNumber)))",
                remedy: "see that LoadCredential= or SetCredential= of the unit gives one of that name")
        }
    }

    private func entry(of path: String) throws(AccountFailure) -> SecretBytes {
        var bytes = try contents(of: path, "password-netrc")
        defer { SecretBytes.wipe(&bytes) }
        let password: SecretBytes?
        do { password = try Netrc.password(machine: account.host, login: account.user, in: bytes) } catch {
            throw AccountFailure(
                .refused, "the `password-netrc` \(path) cannot be understood: \(error)", remedy: "see netrc(5)")
        }
        guard let password else {
            throw AccountFailure(
                .refused, "the `password-netrc` \(path) has no password of \(account.user) at \(account.host)",
                remedy: "add a line: machine \(account.host) login \(account.user) password PASSWORD")
        }
        return password
    }

    /// By the program that comes with libsecret: the library itself would bring all of GLib into every start of ours.
    private func found(by attributes: [String: String]) throws(AccountFailure) -> [UInt8] {
        let own = ["host": account.host, "service": "pop3", "user": account.user]
        let words = (attributes.isEmpty ? own : attributes).sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        let command = (["exec secret-tool lookup --"] + words.map(ShellCommand.quoted)).joined(separator: " ")
        return try run(command, "secret-tool of `password-secret-service`") { failure in
            failure == .exited(status: 127)
                ? "install the package libsecret-tools"
                : "see that the keyring is unlocked and `secret-tool lookup` finds these attributes"
        }
    }

    private func run(
        _ command: String, _ what: String,
        remedy: (ShellCommand.Failure) -> String = { _ in "try the command by hand, as the same user" }
    ) throws(AccountFailure) -> [UInt8] {
        do {
            return try ShellCommand.output(of: command, timeout: Self.patience, stop: stop)
        } catch {
            let reason: String
            switch error {
            case .stopped: throw .stopped
            case .cannotStart(let number): reason = "cannot be started (\(String(cString: strerror(number))))"
            case .timedOut: reason = "did not end within \(Self.patience.components.seconds) s"
            case .exited(let status): reason = "ended with status \(status)"
            case .killed(let signal): reason = "was ended by signal \(signal)"
            case .outputTooLong(let limit): reason = "printed more than \(limit) bytes"
            }
            throw AccountFailure(.refused, "the \(what) \(reason)", remedy: remedy(error))
        }
    }
}
