import CLinux
import Glibc

/// Facts about this process and others.
package enum Process {
    package static var identifier: Int32 { getpid() }

    /// The number of processors this process may use.
    package static var processorCount: Int { max(1, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN)))) }

    /// When a process started, in clock ticks since boot, as `/proc/PID/stat` gives it (proc(5), field 22); `nil` when
    /// there is no such process. Together with the pid it names a process for ever.
    package static func startTicks(of pid: Int32) -> UInt64? {
        // `contents(of:)` goes by the length, which is zero for files of /proc: read a fixed buffer.
        guard let file = try? File("/proc/\(pid)/stat", .read) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = bytes.withUnsafeMutableBytes { (try? file.read(into: $0, at: 0)) ?? 0 }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self)
        guard let paren = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: paren)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }

    /// Keeps the memory of many threads in few arenas: without it each connection's thread would hold one.
    package static func limitMemoryArenas() {
        _ = mc_limit_arenas(2)
        _ = mc_map_from(128 << 10)
        _ = mc_trim_from(1 << 20)
    }

    /// Makes new files and folders readable for their owner only: mail is private.
    package static func keepFilesPrivate() { umask(0o077) }

    /// `nil` where the variable is empty or not there.
    package static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Blocks the calling thread.
    package static func sleep(milliseconds: Int) {
        var left = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        var wanted = left
        while nanosleep(&wanted, &left) != 0, errno == EINTR { wanted = left }
    }

    /// Ends the process at once, and the commands that carry its connections; nothing else is run. The terminal echoes.
    package static func exitNow(_ status: CInt) -> Never {
        CommandTunnel.killAll()
        TerminalPrompt.restore()
        _exit(status)
    }
}
