import Archive
import Manifest
import Platform
import Simulation
import Testing

@testable import Drain

/// `drain --dry-run` looks, and changes nothing.
@Suite(.timeLimit(.minutes(5))) struct PreviewTests {
    private static let letters = [[UInt8]].letters(10)

    @Test("a dry run tells what would be fetched and deleted, and makes no archive")
    func dryRun() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(Self.letters[..<6]))])
        let keeping = bench.account("ann", at: server)
        let first = try await Preview(bench.manifest([keeping]), accounts: [keeping]).run()
        let finding = try #require(first[0].finding)
        #expect(finding.listed == 6 && finding.toFetch == 6 && finding.toDelete == 0)
        #expect(finding.octets == Self.letters[..<6].reduce(0) { $0 + UInt64($1.count) })
        #expect(!FileSystem.exists(bench.layout.root))
        #expect(try await bench.drain([keeping]).isComplete)
        server.replaceMaildrop("ann", with: Bench.maildrop(Self.letters))
        for (limit, expected) in [(nil, 10), (3, 3)] as [(Int?, Int)] {
            let deleting = bench.account("ann", at: server, deletion: .archived, deletionLimit: limit)
            let report = try await Preview(bench.manifest([deleting]), accounts: [deleting]).run()[0]
            #expect(report.finding?.alreadyArchived == 6 && report.finding?.toFetch == 4)
            #expect(report.finding?.toDelete == expected)
        }
        #expect(server.retrievedCount == 6 && !server.log.contains { $0.hasPrefix("DELE") })
        #expect(server.maildrop("ann")?.messages.count == 10)
    }

    @Test("an account that cannot be looked at leaves the others alone")
    func failure() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Self.letters)])
        let accounts = [bench.account("ann", at: server), bench.account("bob", at: server)]
        let reports = try await Preview(bench.manifest(accounts), accounts: accounts).run()
        #expect(reports.map(\.account) == ["ann", "bob"])
        #expect(reports[0].finding?.toFetch == 10)
        #expect(reports[1].failure?.kind == .refused)
    }
}
