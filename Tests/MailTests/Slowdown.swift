import Foundation

/// How much longer things may take than in an ordinary build: Tests/sanitize.sh sets it.
enum Slowdown {
    private static let factor = ProcessInfo.processInfo.environment["MAILCASK_TEST_SLOWDOWN"].flatMap(Int.init) ?? 1

    static func seconds(_ count: Int) -> Duration { .seconds(count * factor) }
}
