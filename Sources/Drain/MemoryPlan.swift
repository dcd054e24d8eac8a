import Manifest
import Platform

/// How the memory that a job may take is shared out. The figures are of measurements: `mailcask-bench --filter peak`.
struct MemoryPlan {
    /// Sessions at the same time.
    let sessionCount: Int
    /// Threads that compress.
    let workerCount: Int
    /// Messages on their way, all sessions together; what does not fit spools to disk.
    let messageByteLimit: Int
    /// Of the next group, while one is on its way to the disk.
    let heldByteLimit: Int
    /// Bytes of pages that each of the catalogue's two connections keeps, and of the filter that tells what is new; `nil`
    /// leaves it what it has.
    let catalogLimits: (cache: Int, filter: Int)?
    /// Listings and the checkpoints that they are compared with, beyond what every session has; `nil` is any number.
    let listingByteLimit: Int?

    /// The program, its libraries and what a run opens, before the first session.
    private static let programByteCount = 36 << 20
    /// A thread that compresses, with the members that wait for it and behind it.
    private static let workerByteCount = 2 << 20
    /// A session that receives small messages over TLS.
    private static let sessionByteCount = 256 << 10
    private static let leastShare = 1 << 20

    init(_ job: JobSettings) {
        guard let limit = job.memoryByteLimit.map({ Int(clamping: $0) }) else {
            sessionCount = job.parallel
            workerCount = Process.processorCount
            (messageByteLimit, heldByteLimit) = (6 << 20, 4 << 20)
            (catalogLimits, listingByteLimit) = (nil, nil)
            return
        }
        workerCount = min(Process.processorCount, max(1, limit / 8 / Self.workerByteCount))
        let free = limit - Self.programByteCount - workerCount * Self.workerByteCount
        sessionCount = min(job.parallel, max(1, free / 2 / Self.sessionByteCount))
        let rest = max(0, free - sessionCount * Self.sessionByteCount)
        // More helps little: of messages what the disk falls behind, of the catalogue the upper pages of its trees.
        messageByteLimit = min(max(rest / 4, Self.leastShare), 64 << 20)
        heldByteLimit = messageByteLimit * 2 / 3
        let share = min(max(rest / 8, Self.leastShare), 64 << 20)
        catalogLimits = (cache: share, filter: share)
        listingByteLimit = max(rest - messageByteLimit - 3 * share, Self.leastShare)
    }
}
