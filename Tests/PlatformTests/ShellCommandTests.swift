import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct ShellCommandTests {
    @Test(
        "gives what the command prints, byte by byte",
        arguments: [
            ("printf secret", "secret"), ("echo secret", "secret\n"), ("true", ""),
            ("echo a; echo b >&2 2>/dev/null", "a\n"),
            ("cat", ""), ("printf 'two words' | cat", "two words"), ("exec 2>/dev/null; echo $((6 * 7))", "42\n"),
        ])
    func output(command: String, text: String) throws {
        #expect(try ShellCommand.output(of: command, timeout: .seconds(20)) == Array(text.utf8))
    }

    @Test(
        "gives the shell a word as it is",
        arguments: ["ann", "", "it's", "'", "''", "$(id) `id` \\ \"x\" *", "a\nb", "-n", "ü"])
    func quoted(word: String) throws {
        let output = try ShellCommand.output(
            of: "printf '%s|' \(ShellCommand.quoted(word)) \(ShellCommand.quoted(word))", timeout: .seconds(20))
        #expect(String(decoding: output, as: UTF8.self) == "\(word)|\(word)|")
    }

    @Test(
        "tells how a command failed",
        arguments: [
            ("exit 3", ShellCommand.Failure.exited(status: 3)), ("echo no; false", .exited(status: 1)),
            ("kill -9 $$", .killed(signal: SIGKILL)), ("kill -PIPE $$", .killed(signal: SIGPIPE)),
            ("exec no-such-command 2>/dev/null", .exited(status: 127)),
        ])
    func failures(command: String, failure: ShellCommand.Failure) {
        #expect(throws: failure) { try ShellCommand.output(of: command, timeout: .seconds(20)) }
    }

    @Test("takes output up to the limit and no more, from commands that never stop too")
    func tooLong() throws {
        #expect(try ShellCommand.output(of: "printf 12345", timeout: .seconds(20), byteLimit: 5).count == 5)
        for command in ["printf 123456", "yes"] {
            #expect(throws: ShellCommand.Failure.outputTooLong(byteLimit: 5)) {
                try ShellCommand.output(of: command, timeout: .seconds(20), byteLimit: 5)
            }
        }
        #expect(try ShellCommand.output(of: "head -c 65536 /dev/zero", timeout: .seconds(20)).count == 65536)
    }

    @Test(
        "ends a command that takes too long, whether it keeps its output open or not",
        arguments: ["sleep 50", "sleep 50 | cat", "exec >&-; sleep 50", "while :; do sleep 0.01; echo; done"])
    func timeOut(command: String) {
        let start = ContinuousClock.now
        #expect(throws: ShellCommand.Failure.timedOut) {
            try ShellCommand.output(of: command, timeout: .milliseconds(200))
        }
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test(
        "a raised flag ends a command, whether it keeps its output open or not",
        arguments: ["sleep 50", "exec >&-; sleep 50", "while :; do sleep 0.01; echo; done"])
    func stopped(command: String) throws {
        let stop = try EventFlag()
        _ = Thread(name: "raise") {
            usleep(100_000)
            stop.raise()
        }
        let start = ContinuousClock.now
        #expect(throws: ShellCommand.Failure.stopped) {
            try ShellCommand.output(of: command, timeout: .seconds(60), stop: stop)
        }
        #expect(start.duration(to: .now) < .seconds(10))
    }

    @Test("a time-out ends what the command started, too")
    func group() throws {
        let folder = try Folder()
        let command = "sh -c 'echo $$ > \(folder("pid")); exec sleep 50' & wait"
        #expect(throws: ShellCommand.Failure.timedOut) {
            try ShellCommand.output(of: command, timeout: .milliseconds(500))
        }
        let text = String(decoding: try #require(folder.bytes("pid")), as: UTF8.self)
        let pid = try #require(pid_t(text.split(separator: "\n").joined()))
        for _ in 0..<500 where Self.isAlive(pid) { usleep(10_000) }
        #expect(!Self.isAlive(pid))
    }

    /// Running, and not merely waiting for its parent to look.
    private static func isAlive(_ pid: pid_t) -> Bool {
        guard let text = try? File("/proc/\(pid)/stat", .read) else { return false }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = bytes.withUnsafeMutableBytes { (try? text.read(into: $0, at: 0)) ?? 0 }
        let state = String(decoding: bytes[..<count], as: UTF8.self).split(separator: ") ").last?.first
        return state != nil && state != "Z"
    }
}
