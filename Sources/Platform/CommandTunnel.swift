import CLinux
import Glibc

/// A command, run by `sh -c`, whose standard input and output are the two directions of a byte stream.
///
/// `@unchecked Sendable`: what changes is behind `state`.
package final class CommandTunnel: @unchecked Sendable {
    /// How the command ended.
    package struct Ending: Sendable {
        /// The exit status, or `nil` when a signal ended it.
        package let exitStatus: CInt?
        /// That signal, or `nil`.
        package let signal: CInt?
        /// The last of what it wrote to its standard error, as it came, at most 2 KiB.
        package let errors: [UInt8]
    }

    /// The process groups of the tunnels that are open.
    private static let groups = Lock<Set<pid_t>>([])

    /// Our end of the stream: non-blocking, closed by whoever made the tunnel.
    package let descriptor: CInt
    private let pid: pid_t
    private let errors: ErrorTail
    private let state = Lock<Ending?>(nil)

    /// Starts the command.
    package init(_ command: String) throws(ShellCommand.Failure) {
        var stream: [CInt] = [-1, -1]
        var errorEnds: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &stream) == 0 else { throw .cannotStart(errorNumber: errno) }
        defer { close(stream[1]) }
        guard pipe2(&errorEnds, O_CLOEXEC) == 0 else {
            let number = errno
            close(stream[0])
            throw .cannotStart(errorNumber: number)
        }
        defer { close(errorEnds[1]) }
        let flag: EventFlag
        do { flag = try EventFlag() } catch {
            close(stream[0])
            close(errorEnds[0])
            throw .cannotStart(errorNumber: error.errorNumber)
        }
        do throws(ShellCommand.Failure) {
            pid = try ShellCommand.spawn(command, input: stream[1], output: stream[1], errors: errorEnds[1])
        } catch {
            close(stream[0])
            close(errorEnds[0])
            throw error
        }
        _ = Self.groups.withLock { [pid] in $0.insert(pid) }
        descriptor = stream[0]
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        errors = ErrorTail(errorEnds[0], flag)
    }

    deinit { _ = end() }

    /// How the command ended, or `nil` when it still runs after so long.
    package func ending(within patience: Duration) -> Ending? { hasEnded(within: patience) ? end() : nil }

    /// Ends the command with all of its process group: asked first, then forced. Its stream should be closed before, so
    /// that it can end by itself.
    @discardableResult package func end() -> Ending {
        state.withLock { known in
            if let known { return known }
            if !hasEnded(within: .milliseconds(100)) {
                kill(-pid, SIGTERM)
                _ = hasEnded(within: .milliseconds(500))
            }
            // Not waited for yet, it still holds its number: the group can be no other.
            kill(-pid, SIGKILL)
            var status: CInt = 0
            Self.groups.withLock { groups in
                _ = retryingInterrupts { waitpid(pid, &status, 0) }
                groups.remove(pid)
            }
            let signal = status & 0x7F
            let ending = Ending(
                exitStatus: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
                errors: errors.take())
            known = ending
            return ending
        }
    }

    /// Ends the commands of all tunnels by force, for a process that ends at once.
    static func killAll() { groups.withLock { for pid in $0 { kill(-pid, SIGKILL) } } }

    /// Waits for the command without taking its status away.
    private func hasEnded(within patience: Duration) -> Bool {
        let deadline = Deadline(after: patience)
        var pauseMilliseconds = 1
        while true {
            var info = siginfo_t()
            _ = retryingInterrupts { waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) }
            if info.si_signo != 0 { return true }
            if deadline.hasPassed { return false }
            Process.sleep(milliseconds: pauseMilliseconds)
            pauseMilliseconds = min(2 * pauseMilliseconds, 16)
        }
    }
}
