import Glibc

/// How many files and sockets the process may have open.
package enum OpenFileLimit {
    /// The largest job has 1,024 sessions. More would slow down commands that close all files there may be.
    private static let most: rlim_t = 16_384

    /// Takes more than the usual 1,024, which are for programs that wait with select(2), as far as the system allows.
    package static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, most))
        // Where it cannot be raised, what does not open is told when it is opened.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
