import Glibc

/// The time of day, in UTC.
package enum WallClock {
    /// Seconds since 1970.
    package static func now() -> Int64 { Int64(time(nil)) }

    /// `2026-11-21T02:29:00Z` (RFC 3339, section 5.6) for seconds since 1970.
    package static func timestamp(_ seconds: Int64) -> String { format(seconds, "%Y-%m-%dT%H:%M:%SZ") }

    /// `20261121T022900Z`, which sorts by time and is safe as a file name.
    package static func compactTimestamp(_ seconds: Int64) -> String { format(seconds, "%Y%m%dT%H%M%SZ") }

    /// A date in the form of asctime(3), in UTC, as the `From ` line of an mbox carries it.
    package static func asctime(_ seconds: Int64) -> String { format(seconds, "%a %b %e %H:%M:%S %Y") }

    private static func format(_ seconds: Int64, _ pattern: String) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            let length = strftime(buffer.baseAddress!, buffer.count, pattern, &parts)
            return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
