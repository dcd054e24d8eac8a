import Manifest
import POP
import Platform

/// The passwords that a person was asked for, once for each account and run.
struct PromptedPasswords: Sendable {
    private let answers: [String: Result<SecretBytes, AccountFailure>]

    /// None.
    init() { answers = [:] }

    private init(_ answers: [String: Result<SecretBytes, AccountFailure>]) { self.answers = answers }

    /// Asks for the passwords of those accounts that want it so, one after the other, on a thread that may block.
    /// - Parameter stop: ends the asking once it is raised.
    static func ask(for accounts: [Account], stop: EventFlag?) async -> PromptedPasswords {
        let asking = accounts.filter { $0.secret == .prompt }
        guard !asking.isEmpty else { return PromptedPasswords() }
        let thread = ThreadExecutor(name: "prompt", role: .task)
        defer { thread.stop() }
        return await Task(executorPreference: thread) {
            var answers: [String: Result<SecretBytes, AccountFailure>] = [:]
            for account in asking { answers[account.name] = ask(for: account, stop) }
            return PromptedPasswords(answers)
        }.value
    }

    /// - Throws: `AccountFailure` where there was nobody to ask.
    func password(of account: Account) throws(AccountFailure) -> SecretBytes {
        guard let answer = answers[account.name] else { preconditionFailure("nobody was asked for \(account.name)") }
        return try answer.get()
    }

    private static func ask(for account: Account, _ stop: EventFlag?) -> Result<SecretBytes, AccountFailure> {
        if stop?.isRaised == true { return .failure(.stopped) }
        do {
            var line = try TerminalPrompt.secretLine("Password of \(account.name): ", stop: stop)
            return .success(SecretBytes(taking: &line))
        } catch {
            switch error {
            case .stopped: return .failure(.stopped)
            case .ended:
                return .failure(
                    AccountFailure(.refused, "no password was entered", remedy: "run again to be asked again"))
            case .noTerminal:
                return .failure(
                    AccountFailure(
                        .refused, "`password-prompt` has no terminal to ask at",
                        remedy: "run mailcask in the foreground of one, or say where else the password is, for example "
                            + "with `password-command`"))
            }
        }
    }
}
