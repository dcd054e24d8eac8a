import Archive
import Platform
import Simulation
import Testing

@testable import Drain
@testable import Manifest

/// `drain --dry-run` and `reconcile`: they look, and change nothing.
@Suite(.timeLimit(.minutes(5))) struct PreviewTests {
    private static let letters = [[UInt8]].letters(10)

    private func manifest(_ bench: Bench, _ accounts: [Account]) -> Manifest {
        Manifest(
            path: "test", archive: ArchiveSettings(path: bench.layout.root), job: JobSettings(), accounts: accounts,
            warnings: [])
    }

    @Test("a dry run tells what would be fetched and deleted, and makes no archive")
    func dryRun() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(Self.letters[..<6]))])
        let keeping = bench.account("ann", at: server)
        let first = try await Preview(manifest(bench, [keeping]), accounts: [keeping]).run()
        let finding = try #require(first[0].finding)
        #expect(finding.listed == 6 && finding.toFetch == 6 && finding.toDelete == 0)
        #expect(finding.octets == Self.letters[..<6].reduce(0) { $0 + UInt64($1.count) })
        #expect(!FileSystem.exists(bench.layout.root))
        #expect(try await bench.drain([keeping]).isComplete)
        server.replaceMaildrop("ann", with: Bench.maildrop(Self.letters))
        for (limit, expected) in [(nil, 10), (3, 3)] as [(Int?, Int)] {
            let deleting = bench.account("ann", at: server, deletion: .archived, deletionLimit: limit)
            let report = try await Preview(manifest(bench, [deleting]), accounts: [deleting]).run()[0]
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
        let reports = try await Preview(manifest(bench, accounts), accounts: accounts).run()
        #expect(reports.map(\.account) == ["ann", "bob"])
        #expect(reports[0].finding?.toFetch == 10)
        #expect(reports[1].failure?.kind == .refused)
    }

    @Test("tells what is in both, only there and only here, and compares bytes")
    func reconciling() async throws {
        let bench = try Bench()
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(Self.letters[..<8]))])
        let accounts = [bench.account("ann", at: server)]
        #expect(try await bench.drain(accounts).isComplete)
        // Gone: uid0. New: uid8 and uid9. Changed behind its name and size: uid3.
        var maildrop = Bench.maildrop(Self.letters)
        var changed = Self.letters[3]
        changed[changed.count - 5] ^= 1
        maildrop.messages[3] = SimulatedMessage(uniqueID: "uid3", content: .bytes(changed))
        maildrop.messages.removeFirst()
        server.replaceMaildrop("ann", with: maildrop)
        let reports = try await Reconciliation(manifest(bench, accounts), accounts: accounts, sample: 1).run()
        let finding = try #require(reports[0].finding)
        #expect(finding.listed == 9 && finding.inBoth == 7)
        #expect(finding.onlyOnServer == 2 && finding.onlyInArchive == 1)
        #expect(finding.compared == 7 && finding.differing == ["uid3"])
        let none = try await Reconciliation(manifest(bench, accounts), accounts: accounts, sample: 0).run()
        #expect(none[0].finding?.compared == 0)
        #expect(server.maildrop("ann")?.messages.count == 9)
    }
}
