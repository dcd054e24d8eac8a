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

    @Test("lets two listings that do not fit together be held one after the other")
    func listings() throws {
        let room = ListingRoom(byteLimit: 4 << 20)
        let first = ListingRoom.Share(of: room)
        try first.hold(lines: 10_000, checkpoints: 0, isStopped: { false })
        let isHeld = Lock(false)
        let thread = Thread(name: "second") {
            let second = ListingRoom.Share(of: room)
            try? second.hold(lines: 10_000, checkpoints: 0, isStopped: { false })
            isHeld.withLock { $0 = true }
        }
        Process.sleep(milliseconds: 200)
        #expect(!isHeld.withLock { $0 })
        // A small one fits beside it; what needs no room at all never waits.
        let small = ListingRoom.Share(of: room)
        try small.hold(lines: 2_000, checkpoints: 0, isStopped: { false })
        let least = ListingRoom.Share(of: room)
        try least.hold(lines: 100, checkpoints: 100, isStopped: { false })
        try first.hold(lines: 0, checkpoints: 0, isStopped: { false })
        thread.join()
        #expect(isHeld.withLock { $0 })
    }

    @Test("holds a listing that is too large even alone, tells what it needs, and ends a wait when the job is stopped")
    func tooLarge() throws {
        let room = ListingRoom(byteLimit: 1 << 20)
        var told: [(needed: Int, limit: Int)] = []
        let large = ListingRoom.Share(of: room)
        try large.hold(
            lines: 1_000_000, checkpoints: 0, onOverrun: { told.append(($0, $1)) }, isStopped: { false })
        #expect(told.map(\.limit) == [1 << 20])
        #expect(told.allSatisfy { $0.needed > 1 << 20 })
        let other = ListingRoom.Share(of: room)
        #expect(throws: CancellationError.self) {
            try other.hold(lines: 2_000, checkpoints: 0, isStopped: { true })
        }
    }
}
