import Foundation

/// The program itself, which stands beside this one.
enum ProgramRun {
    private static let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "mailcask")

    /// Runs it to its end.
    static func run(_ arguments: [String]) throws {
        let process = Foundation.Process()
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        do { try process.run() } catch {
            throw BenchmarkError("\(program.path) cannot be run (\(error)): build the product mailcask too")
        }
        // `waitUntilExit` looks only every 50 ms on the main thread.
        ended.wait()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("mailcask \(arguments) ended with status \(process.terminationStatus)")
        }
    }

    /// The median of what a command takes.
    static func milliseconds(of arguments: [String], count: Int) throws -> Double {
        try median(Array(repeating: arguments, count: count))
    }

    /// In milliseconds.
    static func median(_ commands: [[String]]) throws -> Double {
        let times = try commands.map { command in
            try Sample.measure { try run(command) }.wallSeconds * 1000
        }
        return Summary.Spread(times).median
    }
}
