import Platform
import Testing

@Suite struct ClockTests {
    @Test(
        "writes times in UTC",
        arguments: [
            (0 as Int64, "1970-01-01T00:00:00Z", "19700101T000000Z", "Thu Jan  1 00:00:00 1970"),
            (951_782_399, "2000-02-28T23:59:59Z", "20000228T235959Z", "Mon Feb 28 23:59:59 2000"),
            (951_782_400, "2000-02-29T00:00:00Z", "20000229T000000Z", "Tue Feb 29 00:00:00 2000"),
            (1_795_228_140, "2026-11-21T02:29:00Z", "20261121T022900Z", "Sat Nov 21 02:29:00 2026"),
            (-1, "1969-12-31T23:59:59Z", "19691231T235959Z", "Wed Dec 31 23:59:59 1969"),
            (4_294_967_296, "2106-02-07T06:28:16Z", "21060207T062816Z", "Sun Feb  7 06:28:16 2106"),
        ])
    func formats(seconds: Int64, timestamp: String, compact: String, asctime: String) {
        #expect(WallClock.timestamp(seconds) == timestamp)
        #expect(WallClock.compactTimestamp(seconds) == compact)
        #expect(WallClock.asctime(seconds) == asctime)
    }

    @Test("tells the time of day")
    func now() {
        #expect(WallClock.now() > 1_700_000_000)
    }

    @Test("a deadline passes, and then gives poll nothing to wait for")
    func deadline() {
        for duration in [Duration.zero, .seconds(-1), .nanoseconds(1)] {
            let deadline = Deadline(after: duration)
            Process.sleep(milliseconds: 1)
            #expect(deadline.hasPassed && deadline.pollMilliseconds == 0)
        }
    }

    @Test("the time left is rounded up to milliseconds and fits poll")
    func pollMilliseconds() {
        #expect((1...1000).contains(Deadline(after: .seconds(1)).pollMilliseconds))
        #expect(Deadline(after: .microseconds(999_999)).pollMilliseconds > 0)
        #expect(Deadline(after: .seconds(100 * 86_400)).pollMilliseconds == .max)
        #expect(!Deadline(after: .seconds(10)).hasPassed)
    }

    @Test("the earlier of two deadlines is the earlier")
    func earlier() {
        let (soon, late) = (Deadline(after: .zero), Deadline(after: .seconds(60)))
        #expect(Deadline.earlier(soon, late).hasPassed && Deadline.earlier(late, soon).hasPassed)
        #expect(!Deadline.earlier(late, late).hasPassed)
    }
}
