import ArgumentParser
import Drain
import Manifest
import Platform

struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Gets an account its refresh token of OAuth 2.0, once.",
        discussion: "Prints a page to open and a code to type there, and waits. Needs `oauth` in the manifest.")

    @Argument(help: "The manifest: see mailcask-manifest(5).", completion: .file(extensions: ["toml"]))
    var manifest: String

    @Argument(help: "The account.")
    var account: String

    @Flag(name: .long, help: "Take a refresh token that was had elsewhere: from standard input, or typed unseen.")
    var refreshToken = false

    func run() async throws {
        try await reporting {
            let loaded = try Manifest.load(path: manifest)
            guard let account = loaded.accounts.first(where: { $0.name == account }) else {
                Terminal.writeToStandardError("mailcask: the manifest has no account named \"\(account)\"\n")
                throw ExitStatus.notFound
            }
            do {
                let login = try AccountTokenLogin(account)
                if refreshToken {
                    try login.take(Self.typed())
                } else {
                    try login.run { address, code, seconds in
                        Output.write(
                            "Open \(address)\nand type the code \(code)\nwithin \(seconds / 60) minutes, as \(account.user).\n"
                        )
                    }
                }
                Output.write("\(account.name): the refresh token is kept in \(login.path)\n")
            } catch let failure as AccountFailure {
                Terminal.writeToStandardError("mailcask: \(account.name): \(failure)\n")
                throw failure.kind == .retry ? ExitStatus.retry : .refused
            }
        }
    }

    private static func typed() throws -> [UInt8] {
        if Terminal.isStandardInputTerminal { return try TerminalPrompt.secretLine("Refresh token: ", stop: nil) }
        return Array((readLine(strippingNewline: true) ?? "").utf8)
    }
}
