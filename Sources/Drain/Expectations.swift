import Archive
import Catalog
import Manifest

/// How long accounts will probably take, by their last runs: what they have to receive, at the rate of their host.
struct Expectations {
    /// What a rate is not known by: it is mostly waiting.
    private static let smallOctetCount: UInt64 = 1 << 20
    /// Octets a second of a session, where nothing is known.
    private static let usualRate = 1e6

    private let lastRuns: [String: LastRun]
    private let rateOfHost: [String: Double]
    private let rate: Double

    init(_ lastRuns: [String: LastRun]) {
        self.lastRuns = lastRuns
        var sums: [String: (octets: Double, seconds: Double)] = [:]
        var sum = (octets: 0.0, seconds: 0.0)
        for run in lastRuns.values where run.octets >= Self.smallOctetCount && run.seconds > 0 {
            let (octets, seconds) = (Double(run.octets), run.seconds)
            sums[run.account.host, default: (0, 0)].octets += octets
            sums[run.account.host, default: (0, 0)].seconds += seconds
            sum = (sum.octets + octets, sum.seconds + seconds)
        }
        rateOfHost = sums.mapValues { $0.octets / $0.seconds }
        rate = sum.seconds > 0 ? sum.octets / sum.seconds : Self.usualRate
    }

    /// The accounts with the longest first, those of which nothing is known before all others: a long one that begins last
    /// is waited for alone.
    func longestFirst(_ accounts: [Account]) -> [Account] {
        accounts.map { ($0, expected: expectation(of: $0)) }.sorted { $0.expected > $1.expected }.map(\.0)
    }

    /// The seconds of receiving; and those of the last run, since of two with nothing to receive one may have more to list.
    private func expectation(of account: Account) -> (Double, Double) {
        guard let last = lastRuns[account.name] else { return (.infinity, .infinity) }
        return (Double(last.expectedOctets) / (rateOfHost[account.host] ?? rate), last.seconds)
    }
}
