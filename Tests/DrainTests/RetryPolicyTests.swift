import Manifest
import Platform
import Testing

@testable import Drain

@Suite struct RetryPolicyTests {
    private static func policy(retries: Int = 3, delay: Duration = .seconds(4)) -> RetryPolicy {
        RetryPolicy(JobSettings(retries: retries, retryDelay: delay))
    }

    @Test("only a failure that may pass is tried again")
    func kinds() {
        for kind in [AccountFailure.Kind.refused, .localDisk, .damaged, .stopped, .unbalanced] {
            var policy = Self.policy()
            #expect(policy.decide(kind, madeProgress: true) == .giveUp)
        }
        var policy = Self.policy()
        #expect(policy.decide(.retry, madeProgress: false, jitter: 0.5) == .again(after: .seconds(4)))
    }

    @Test("waits double, up to ten minutes, and tries in vain end")
    func doubling() {
        var policy = Self.policy(retries: 9)
        let seconds = (0..<9).map { _ in Self.seconds(policy.decide(.retry, madeProgress: false, jitter: 0.5)) }
        #expect(seconds == [4, 8, 16, 32, 64, 128, 256, 512, 600])
        #expect(policy.decide(.retry, madeProgress: false) == .giveUp)
        #expect(policy.tries.made == 10 && policy.tries.limit == 9)
    }

    @Test("a session that brought mail begins the tries anew, as often as one does")
    func progress() {
        var policy = Self.policy(retries: 1)
        for _ in 0..<1000 {
            #expect(policy.decide(.retry, madeProgress: true, jitter: 0.5) == .again(after: .seconds(4)))
            #expect(policy.decide(.retry, madeProgress: false, jitter: 0.5) == .again(after: .seconds(4)))
        }
        #expect(policy.decide(.retry, madeProgress: false) == .giveUp)
    }

    @Test("even progress without end comes to one")
    func sessionLimit() {
        var policy = Self.policy()
        let count = (0..<20_000).prefix { _ in policy.decide(.retry, madeProgress: true) != .giveUp }.count
        #expect(count == 9999)
    }

    @Test("without retries a failure is the end, whatever was brought")
    func none() {
        var policy = Self.policy(retries: 0)
        #expect(policy.decide(.retry, madeProgress: true) == .giveUp)
    }

    @Test("waits vary by a quarter")
    func jitter() {
        for (jitter, seconds) in [(0, 3.0), (0.5, 4), (0.999_999, 5)] {
            var policy = Self.policy()
            #expect(abs(Self.seconds(policy.decide(.retry, madeProgress: false, jitter: jitter)) - seconds) < 0.001)
        }
        for _ in 0..<100 {
            var policy = Self.policy()
            #expect((3...5).contains(Self.seconds(policy.decide(.retry, madeProgress: false))))
        }
    }

    private static func seconds(_ decision: RetryPolicy.Decision) -> Double {
        guard case .again(let delay) = decision else { return .nan }
        return delay.inSeconds
    }
}
