import Archive
import Manifest
import Platform
import Simulation
import Testing

@testable import Drain

/// The limit of memory in the manifest, and what follows from it.
@Suite struct MemoryTests {
    private static let mebibyte = 1 << 20

    @Test("gives a job without a limit what it always had")
    func standard() {
        let plan = MemoryPlan(JobSettings(parallel: 300))
        #expect(plan.sessionCount == 300)
        #expect(plan.messageByteLimit == 6 << 20)
        #expect(plan.heldByteLimit == 4 << 20)
        #expect(plan.catalogLimits == nil)
        #expect(plan.listingByteLimit == nil)
    }

    @Test(
        "shares out no more than there is, from the least limit to large ones",
        arguments: [48, 64, 100, 128, 256, 1024, 1 << 20], [1, 8, 32, 256, 1024])
    func shares(mebibytes: Int, parallel: Int) throws {
        let limit = mebibytes * Self.mebibyte
        let plan = MemoryPlan(JobSettings(parallel: parallel, memoryByteLimit: UInt64(limit)))
        let (catalog, listings) = (try #require(plan.catalogLimits), try #require(plan.listingByteLimit))
        #expect((1...parallel).contains(plan.sessionCount))
        #expect((1...Process.processorCount).contains(plan.workerCount))
        #expect(plan.heldByteLimit <= plan.messageByteLimit)
        let ofCatalog = 2 * catalog.cache + catalog.filter
        let sum = plan.sessionCount * (256 << 10) + plan.messageByteLimit + ofCatalog + listings
        #expect(sum + 32 * Self.mebibyte <= limit)
    }

    @Test("holds 32 sessions in 64 MiB, and 256 in 256 MiB")
    func sessions() {
        #expect(MemoryPlan(JobSettings(parallel: 32, memoryByteLimit: 64 << 20)).sessionCount == 32)
        #expect(MemoryPlan(JobSettings(parallel: 256, memoryByteLimit: 256 << 20)).sessionCount == 256)
        #expect(MemoryPlan(JobSettings(parallel: 256, memoryByteLimit: 64 << 20)).sessionCount < 256)
    }

    @Test("drains all accounts with fewer sessions than asked for, and says so")
    func lowered() async throws {
        let bench = try Bench()
        let contents = [[UInt8]("Subject: a\r\n\r\nhello\r\n".utf8)]
        let users = (0..<60).map { "user\($0)" }
        let server = try SimulatedServer(
            maildrops: Dictionary(uniqueKeysWithValues: users.map { ($0, Bench.maildrop(contents)) }))
        defer { server.stop() }
        let watch = Watch()
        var manifest = bench.manifest(users.map { bench.account($0, at: server) })
        manifest.job = JobSettings(parallel: 60, parallelPerHost: 60, memoryByteLimit: 48 << 20)
        let planned = MemoryPlan(manifest.job).sessionCount
        try #require(planned < 60)
        let report = try await Job(manifest, accounts: manifest.accounts, stop: StopControl(), observer: watch).run()
        #expect(report.isComplete)
        #expect(watch.texts.contains { $0.contains("\(planned) accounts are drained at the same time, not 60") })
        try bench.expect(Dictionary(uniqueKeysWithValues: users.map { ($0, contents) }))
    }

    @Test("has no room for a listing beside one that fills it, and has it again when that one is gone")
    func listings() throws {
        let room = ListingRoom(byteLimit: 4 << 20)
        var first: ListingRoom.Share? = ListingRoom.Share(of: room, for: "first")
        try first?.hold(lines: 10_000, checkpoints: 0)
        let second = ListingRoom.Share(of: room, for: "second")
        let full = #expect(throws: ListingRoom.Full.self) { try second.hold(lines: 10_000, checkpoints: 0) }
        #expect(full?.lineCount == 10_000)
        // A small one fits beside it; what needs no room at all always does.
        let small = ListingRoom.Share(of: room, for: "small")
        try small.hold(lines: 2_000, checkpoints: 0)
        let least = ListingRoom.Share(of: room, for: "least")
        try least.hold(lines: 100, checkpoints: 100)
        first = nil
        try second.hold(lines: 10_000, checkpoints: 0)
    }

    @Test("keeps what a session holds when it needs more than there is, and lets it hold less")
    func more() throws {
        let room = ListingRoom(byteLimit: 4 << 20)
        let shares = ["a", "b"].map { ListingRoom.Share(of: room, for: $0) }
        for share in shares { try share.hold(lines: 8_000, checkpoints: 0) }
        for share in shares {
            #expect(throws: ListingRoom.Full.self) { try share.hold(lines: 10_000, checkpoints: 0) }
        }
        let third = ListingRoom.Share(of: room, for: "c")
        #expect(throws: ListingRoom.Full.self) { try third.hold(lines: 1_000, checkpoints: 0) }
        try shares[0].hold(lines: 4_000, checkpoints: 0)
        try third.hold(lines: 1_000, checkpoints: 0)
        #expect(throws: ListingRoom.Full.self) { try shares[0].hold(lines: 8_000, checkpoints: 0) }
    }

    @Test("holds a listing that is too large even alone, and tells what it needs once for an account")
    func tooLarge() throws {
        let room = ListingRoom(byteLimit: 1 << 20)
        var told: [(needed: Int, limit: Int)] = []
        for _ in 0..<2 {
            let large = ListingRoom.Share(of: room, for: "ann")
            try large.hold(lines: 1_000_000, checkpoints: 0, onOverrun: { told.append(($0, $1)) })
            let other = ListingRoom.Share(of: room, for: "bob")
            #expect(throws: ListingRoom.Full.self) { try other.hold(lines: 2_000, checkpoints: 0) }
        }
        #expect(told.map(\.limit) == [1 << 20])
        #expect(told.allSatisfy { $0.needed > 1 << 20 })
    }

    @Test("drains accounts for whose listings there is room one at a time only, without a failed session")
    func oneAfterTheOther() async throws {
        let bench = try Bench()
        let users = (0..<3).map { "user\($0)" }
        let contents = (0..<11_000).map { [UInt8]("\($0)\r\n".utf8) }
        let server = try SimulatedServer(
            maildrops: Dictionary(uniqueKeysWithValues: users.map { ($0, Bench.maildrop(contents)) }))
        defer { server.stop() }
        let watch = Watch()
        var manifest = bench.manifest(users.map { bench.account($0, at: server) })
        manifest.job = JobSettings(parallel: 4, parallelPerHost: 4, retries: 0, memoryByteLimit: 48 << 20)
        let report = try await Job(manifest, accounts: manifest.accounts, stop: StopControl(), observer: watch).run()
        #expect(report.isComplete, "\(report)")
        #expect(report.accounts.allSatisfy { $0.result.archived == 11_000 })
        #expect(watch.texts.count { $0.contains("has no room for another listing") } <= 2 * users.count)
    }
}
