import Archive
import Catalog
package import Manifest
import Platform

/// A run of a manifest: opens the archive, drains the accounts side by side, and reports.
package struct Job: Sendable {
    private let manifest: Manifest
    private let accounts: [Account]
    private let stop: StopControl
    private let observer: any DrainObserver
    private let sessionLimits: SessionLimits
    private let plan: MemoryPlan

    /// - Parameter accounts: those of the manifest to drain.
    package init(
        _ manifest: Manifest, accounts: [Account], stop: StopControl, observer: any DrainObserver,
        sessionLimits: SessionLimits = SessionLimits()
    ) {
        self.sessionLimits = sessionLimits
        plan = MemoryPlan(manifest.job)
        self.manifest = manifest
        self.accounts = accounts
        self.stop = stop
        self.observer = observer
    }

    /// Runs to the end.
    /// - Throws: when the archive cannot be opened; later failures are in the report.
    package func run() async throws -> RunReport {
        let prompted = await PromptedPasswords.ask(for: accounts, stop: stop.flag)
        let start = ContinuousClock.now
        let layout = ArchiveLayout(root: manifest.archive.path)
        let opening = try ArchiveOpening(layout, manifest.archive.format)
        // The lock is held to the end, though nothing asks for it any more.
        defer { withExtendedLifetime(opening) {} }
        for notice in opening.notices + opening.damages { observer.handle(.notice(notice)) }
        if let limits = plan.catalogLimits {
            try opening.catalog.limitMemory(cache: limits.cache, filter: limits.filter)
        }
        let run = GroupRecord.Run.new()
        let pool = CompressionPool(Compression(manifest.archive.compression), workerCount: plan.workerCount)
        defer { pool.stop() }
        var limits = CommitLimits()
        limits.heldOctetLimit = UInt64(plan.heldByteLimit)
        let committer = try Committer(opening, manifest.archive, run: run, pool: pool, limits: limits)
        defer { committer.stop() }
        var isSettled = false
        defer { if !isSettled { opening.lock.leaveName() } }
        let context = JobContext(
            layout: layout, job: manifest.job, catalog: opening.catalog, committer: committer,
            budget: MemoryBudget(byteLimit: plan.messageByteLimit),
            listings: ListingRoom(byteLimit: plan.listingByteLimit), sessionLimits: sessionLimits,
            hosts: HostFacts(prompted: prompted), stop: stop, observer: observer)
        observer.handle(.runStarted(run: run.id, accountCount: accounts.count))
        if plan.sessionCount < min(manifest.job.parallel, accounts.count) {
            observer.handle(
                .notice(
                    "\(plan.sessionCount) accounts are drained at the same time, not \(manifest.job.parallel): for more, "
                        + "`memory` in [job] must be larger"))
        }

        let ticking = Task { while (try? await Task.sleep(for: .seconds(1))) != nil { await committer.tick() } }
        defer { ticking.cancel() }
        var (reports, notStarted) = try await drainAll(context)
        await context.farewells.finish()
        ticking.cancel()
        _ = await ticking.value

        var fatal = reports.lazy.compactMap(\.failure).first { $0.kind == .localDisk }
        do {
            try await committer.finish(reports.map(\.result), accounts: try records(of: reports, opening.catalog))
        } catch {
            fatal = fatal ?? AccountFailure(error, during: "the last commit point")
        }
        do { try opening.catalog.close() } catch {
            fatal = fatal ?? AccountFailure(error, during: "the last step")
        }
        isSettled = fatal == nil
        reports.sort { $0.account < $1.account }
        notStarted.sort()
        let report = RunReport(
            run: run.id, accounts: reports, notStarted: notStarted, damages: opening.damages,
            seconds: start.duration(to: .now).inSeconds, fatal: fatal)
        observer.handle(.runFinished(report))
        return report
    }

    /// Drains as many accounts at once as the manifest allows, those with most to receive first, by the last runs.
    private func drainAll(_ context: JobContext) async throws -> (reports: [AccountReport], notStarted: [String]) {
        let last = try context.catalog.lastRuns()
        let ordered = Expectations(last).longestFirst(accounts)
        var reports: [AccountReport] = []
        var job = manifest.job
        job.parallel = plan.sessionCount
        let rest = await Schedule(ordered.map { AccountDrain($0, context, last[$0.name]) }, job).run(
            stop: stop,
            each: { report in
                reports.append(report)
                observer.handle(.accountFinished(report))
                return report.failure?.kind != .localDisk
            })
        for report in rest.compactMap({ $0.stopped() }) {
            reports.append(report)
            observer.handle(.accountFinished(report))
        }
        return (reports, rest.filter { $0.stopped() == nil }.map(\.account.name))
    }

    /// The accounts as the run's record has them. One that was not listed may have a mistake in its host or user: what is
    /// known of its maildrop stays.
    private func records(of reports: [AccountReport], _ catalog: Catalog) throws -> [GroupRecord.Account] {
        let records = Dictionary(accounts.map { ($0.name, GroupRecord.Account($0)) }) { first, _ in first }
        return try reports.compactMap { report in
            guard let record = records[report.account] else { return nil }
            return try report.result.listed == 0 && catalog.hasMoved(record) ? nil : record
        }
    }
}

extension GroupRecord.Run {
    /// A run that begins now.
    static func new() -> GroupRecord.Run {
        let now = WallClock.now()
        let suffix = String(UInt32.random(in: 0..<1 << 24) | 1 << 24, radix: 16).dropFirst()
        return GroupRecord.Run(id: "\(WallClock.compactTimestamp(now))-\(suffix)", started: now)
    }
}

extension Compression {
    init(_ choice: CompressionChoice) {
        self =
            switch choice {
            case .fast: .fast
            case .balanced: .balanced
            case .small: .small
            }
    }
}
