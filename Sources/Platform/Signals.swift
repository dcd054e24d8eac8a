import Glibc

/// SIGINT and SIGTERM as calls on a thread of their own, and SIGPIPE ignored for good.
package enum Signals {
    /// A signal that asks the process to end.
    package struct Request: Sendable {
        package let number: CInt
        /// 128 plus the signal's number, as shells report it.
        package var exitStatus: CInt { 128 + number }
    }

    package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

    /// Calls `handler` for each SIGINT or SIGTERM from now on. Call it before any other thread is started: the mask is
    /// inherited.
    package static func onTermination(_ handler: @escaping @Sendable (Request) -> Void) {
        var mask = sigset_t()
        sigemptyset(&mask)
        sigaddset(&mask, SIGINT)
        sigaddset(&mask, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &mask, nil)
        _ = Thread(name: "signals", stackByteCount: 256 << 10) {
            var mask = sigset_t()
            sigemptyset(&mask)
            sigaddset(&mask, SIGINT)
            sigaddset(&mask, SIGTERM)
            while true {
                var number: CInt = 0
                if sigwait(&mask, &number) == 0 { handler(Request(number: number)) }
            }
        }
    }
}
