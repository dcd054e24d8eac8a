import CLinux
import Glibc
import Synchronization

/// SIGINT and SIGTERM as calls on a thread of their own, and SIGPIPE ignored for good.
package enum Signals {
    /// A signal that asks the process to end.
    package struct Request: Sendable {
        package let number: CInt
        /// 128 plus the signal's number, as shells report it.
        package var exitStatus: CInt { 128 + number }
    }

    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Calls `handler` for each SIGINT or SIGTERM from now on. Call it once.
    ///
    /// By a handler that writes into a pipe, as any thread may be the one that gets the signal: to block it everywhere
    /// it would have to be blocked before the first thread starts, in commands too that want to be ended by it.
    package static func onTermination(_ handler: @escaping @Sendable (Request) -> Void) {
        var ends: [CInt] = [-1, -1]
        precondition(pipe2(&ends, O_CLOEXEC) == 0, "cannot open a pipe: \(String(cString: strerror(errno)))")
        let reading = ends[0]
        requestPipe.store(ends[1], ordering: .releasing)
        _ = Thread(name: "signals", stackByteCount: 256 << 10) {
            var number: UInt8 = 0
            while retryingInterrupts({ read(reading, &number, 1) }) == 1 { handler(Request(number: CInt(number))) }
        }
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(requestPipe.load(ordering: .acquiring), &byte, 1)
            errno = before
        }
        action.sa_flags = CInt(SA_RESTART)
        for number in [SIGINT, SIGTERM] {
            let status = sigaction(number, &action, nil)
            precondition(status == 0, "cannot handle signal \(number)")
        }
    }
}

/// Where the signal handler writes the numbers of signals. Set before the handler is.
private let requestPipe = Atomic<CInt>(-1)
