import Archive
import Catalog
import Manifest
import Testing

@testable import Drain

@Suite struct ExpectationsTests {
    private static func account(_ name: String, host: String = "near.example") -> Account {
        Account(
            name: name, host: host, port: 995, user: name, secret: .environment("PASSWORD"),
            location: SourceLocation(file: "accounts.toml", line: 1, column: 1))
    }

    private static func run(
        _ account: Account, octets: UInt64, seconds: Double, received: Int = 10, missing: Int = 0
    ) -> LastRun {
        LastRun(
            account: GroupRecord.Account(account), octets: octets, receivedCount: received, missingCount: missing,
            seconds: seconds, endedWell: missing == 0)
    }

    private static func order(_ runs: [(Account, LastRun?)]) -> [String] {
        let last = runs.compactMap { account, run in run.map { (account.name, $0) } }
        return Expectations(Dictionary(uniqueKeysWithValues: last)).longestFirst(runs.map(\.0)).map(\.name)
    }

    @Test("those with most to receive go first, those of which nothing is known before them, in their order")
    func octets() {
        let (small, large) = (Self.account("small"), Self.account("large"))
        let order = Self.order([
            (small, Self.run(small, octets: 2 << 20, seconds: 1)), (Self.account("new one"), nil),
            (large, Self.run(large, octets: 90 << 20, seconds: 45)), (Self.account("new two"), nil),
        ])
        #expect(order == ["new one", "new two", "large", "small"])
    }

    @Test("less mail on a slower host goes first where it takes longer")
    func rates() {
        let (near, far) = (Self.account("near"), Self.account("far", host: "far.example"))
        let order = Self.order([
            (near, Self.run(near, octets: 100 << 20, seconds: 10)),
            (far, Self.run(far, octets: 50 << 20, seconds: 100)),
        ])
        #expect(order == ["far", "near"])
    }

    @Test("what the last run left counts too")
    func missing() {
        let (whole, cut) = (Self.account("whole"), Self.account("cut"))
        let order = Self.order([
            (whole, Self.run(whole, octets: 10 << 20, seconds: 5)),
            (cut, Self.run(cut, octets: 2 << 20, seconds: 1, received: 10, missing: 990)),
        ])
        #expect(order == ["cut", "whole"])
    }

    @Test("of two with nothing to receive, the one that took longer goes first")
    func seconds() {
        let (short, long) = (Self.account("short"), Self.account("long"))
        let order = Self.order([
            (short, Self.run(short, octets: 0, seconds: 0.1, received: 0)),
            (long, Self.run(long, octets: 0, seconds: 3, received: 0)),
        ])
        #expect(order == ["long", "short"])
    }
}
