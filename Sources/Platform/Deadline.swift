/// A moment by which something must have happened.
package struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    package init(after duration: Duration) { instant = .now + duration }

    package var hasPassed: Bool { ContinuousClock.now >= instant }

    /// What `poll(2)` takes: whole milliseconds from now, rounded up, never negative.
    package var pollMilliseconds: CInt {
        let left = ContinuousClock.now.duration(to: instant)
        guard left > .zero else { return 0 }
        let milliseconds =
            left.components.seconds * 1000 + (left.components.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return CInt(clamping: milliseconds)
    }

    package static func earlier(_ one: Deadline, _ other: Deadline) -> Deadline {
        one.instant < other.instant ? one : other
    }
}
