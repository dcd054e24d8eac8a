import Foundation

/// This program in another process, so that processor time and memory are its own.
final class ChildProcess {
    private let process = Foundation.Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    var identifier: Int32 { process.processIdentifier }

    /// The first line that it prints.
    func line() throws -> String {
        var bytes: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 10 { bytes.append(byte) }
        guard !bytes.isEmpty else { throw BenchmarkError("\(process.arguments ?? []) says nothing") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Ends its standard input and waits for its end.
    func finish() throws {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("\(process.arguments ?? []) ended with status \(process.terminationStatus)")
        }
    }

    /// User and system time of a live process, in seconds, to a hundredth (proc(5), fields 14 and 15).
    var cpuSeconds: Double {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
        return ticks / Double(sysconf(CInt(_SC_CLK_TCK)))
    }
}
