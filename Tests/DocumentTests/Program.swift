import Foundation
import Testing

/// The built program, as `--experimental-dump-help` describes it.
struct Program: Decodable {
    struct Command: Decodable {
        let commandName: String
        let arguments: [Argument]?
        let subcommands: [Command]?

        /// Without --help and --version, which every command has.
        var flags: Set<String> {
            let names = (arguments ?? []).flatMap { $0.names ?? [] }.filter { $0.kind == "long" }.map { "--\($0.name)" }
            return Set(names).subtracting(["--help", "--version"])
        }

        /// What stands for the arguments that are no flags: `ARCHIVE`.
        var positionals: [String] {
            (arguments ?? []).filter { $0.kind == "positional" }.compactMap { $0.valueName?.uppercased() }
        }
    }

    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String
        }

        let kind: String
        let names: [Name]?
        let valueName: String?
    }

    private let command: Command

    /// All but `help`, which ArgumentParser adds.
    var commands: [Command] { (command.subcommands ?? []).filter { $0.commandName != "help" } }

    /// MAILCASK of the environment, or the program beside the bundle that these tests run in.
    static let path: String =
        ProcessInfo.processInfo.environment["MAILCASK"]
        ?? URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "mailcask").path

    static func described() throws -> Program {
        let (output, status) = try run(path, ["--experimental-dump-help"])
        #expect(status == 0)
        return try JSONDecoder().decode(Program.self, from: output)
    }
}

/// Runs a program; gives what it wrote to standard output, and its exit status.
func run(_ path: String, _ arguments: [String], errors: Bool = false) throws -> (output: Data, status: Int32) {
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    if errors { process.standardError = pipe }
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (output, process.terminationStatus)
}
