import CLinux
import Glibc

/// Runs a command of the manifest with `/bin/sh -c` and takes what it prints.
package enum ShellCommand {
    package enum Failure: Error, Sendable, Equatable {
        case cannotStart(errorNumber: CInt)
        case timedOut
        /// The flag was raised first.
        case stopped
        case exited(status: CInt)
        case killed(signal: CInt)
        case outputTooLong(byteLimit: Int)
    }

    /// The standard output of `command`; its standard error goes to ours, its standard input is empty.
    /// - Parameter stop: ends the command, and what it started, once it is raised.
    package static func output(
        of command: String, timeout: Duration, byteLimit: Int = 64 << 10, stop: EventFlag? = nil
    ) throws(Failure) -> [UInt8] {
        var ends: [CInt] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw .cannotStart(errorNumber: errno) }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        let pid: pid_t
        do throws(Failure) { pid = try spawn(command, input: nil, output: writing, errors: nil) } catch {
            close(writing)
            throw error
        }
        close(writing)
        let deadline = Deadline(after: timeout)
        // The output may be a secret: it is read where it stays, and nothing of it is copied.
        var output: [UInt8] = []
        output.reserveCapacity(min(byteLimit + 1, 64 << 10))
        var failure: Failure?
        while failure == nil {
            // A command that never stops printing is ready at every moment.
            let outcome = EventFlag.wait(for: reading, or: stop, until: deadline)
            if outcome != .ready || deadline.hasPassed {
                failure = outcome == .raised ? .stopped : .timedOut
                break
            }
            let filled = output.count
            let room = min(byteLimit + 1 - filled, 4096)
            output.append(contentsOf: repeatElement(0, count: room))
            let count = output.withUnsafeMutableBytes { buffer in
                retryingInterrupts { read(reading, buffer.baseAddress! + filled, buffer.count - filled) }
            }
            output.removeLast(room - max(0, count))
            if count <= 0 { break }
            if output.count > byteLimit { failure = .outputTooLong(byteLimit: byteLimit) }
        }
        var status: CInt = 0
        // A command may close its output and go on.
        if failure == nil { failure = waitForEnd(of: pid, &status, by: deadline, stop) }
        if let failure {
            kill(-pid, SIGKILL)
            _ = retryingInterrupts { waitpid(pid, &status, 0) }
            throw failure
        }
        if status & 0x7F != 0 { throw .killed(signal: status & 0x7F) }
        let exitStatus = (status >> 8) & 0xFF
        guard exitStatus == 0 else { throw .exited(status: exitStatus) }
        return output
    }

    /// A word as the shell takes it for itself, whatever is in it.
    package static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Waits for a process until the deadline. `nil` when it has ended; its status is that of waitpid(2).
    private static func waitForEnd(
        of pid: pid_t, _ status: inout CInt, by deadline: Deadline, _ stop: EventFlag?
    ) -> Failure? {
        var pauseMilliseconds = 1
        while retryingInterrupts({ waitpid(pid, &status, WNOHANG) }) == 0 {
            if deadline.hasPassed { return .timedOut }
            if stop?.isRaised == true { return .stopped }
            Process.sleep(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(2 * pauseMilliseconds, 32)
        }
        return nil
    }

    /// Starts the command in a process group of its own, with signals as a fresh process has them.
    /// - Parameters:
    ///   - input: its standard input; `nil` is an empty one.
    ///   - errors: its standard error; `nil` is ours.
    static func spawn(_ command: String, input: CInt?, output: CInt, errors: CInt?) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        if let errors { posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigaddset(&signals, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { arguments.forEach { free($0) } }
        var pid = pid_t()
        let status = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &arguments, environ)
        guard status == 0 else { throw .cannotStart(errorNumber: status) }
        return pid
    }
}
