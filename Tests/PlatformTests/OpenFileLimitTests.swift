import Glibc
import Platform
import Testing

@Suite struct OpenFileLimitTests {
    @Test("takes more files than a login gives, and never fewer than there were")
    func raise() {
        let before = Self.limit
        OpenFileLimit.raise()
        #expect(Self.limit.soft >= before.soft && Self.limit.hard == before.hard)
        #expect(Self.limit.soft >= min(before.hard, 16_384))
    }

    private static var limit: (soft: rlim_t, hard: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return (limit.rlim_cur, limit.rlim_max)
    }
}
