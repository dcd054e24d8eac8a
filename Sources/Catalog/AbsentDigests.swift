import GRDB
import Mail
import Platform

/// Tells of most digests that no table has them, without a look at the file: so that in a large catalogue what is new
/// costs no read of the disk.
///
/// A filter is made on a thread of its own once enough was asked for that is not there, which pays for reading the
/// indexes; until it stands it tells of none. It never tells of one that is there: what a commit brings is in the filter
/// before the transaction ends, and in one that is being made too, whose reading begins after that is certain. A commit
/// that fails leaves digests in it that are not there, which costs a look.
final class AbsentDigests: Sendable {
    /// Of memory. At 10^8 digests one in ten that are new is still looked up.
    private static let byteLimit = 64 << 20
    /// Fewer questions never pay for a filter.
    private static let leastQuestionCount = 1000
    /// Reading so many rows takes as long as one question.
    private static let rowsPerQuestion = 64
    /// Rows that are read and added at a time, so that neither the file nor a question waits long.
    private static let rowsPerStep = 4096

    private struct State {
        /// `nil` until one stands.
        var filter: DigestFilter?
        var unfinished: DigestFilter?
        /// What commits that are under way bring, by their tickets.
        var arriving: [Int: [UInt64]] = [:]
        var ticket = 0
        /// Of digests that were not there, since the last filter was begun.
        var questionCount = 0
        /// How many rows there were at the first of them.
        var rowCount: Int?
        var thread: Thread?
        var isStopped = false
        var byteLimit = AbsentDigests.byteLimit
    }

    private let state = Lock(State())
    private let openReader: @Sendable () throws -> DatabaseQueue

    /// - Parameter openReader: gives a connection that nobody else uses.
    init(openReader: @escaping @Sendable () throws -> DatabaseQueue) { self.openReader = openReader }

    /// Bounds the memory of filters that are made from now on, one that stands and the one that follows it together.
    func limit(byteCount: Int) { state.withLock { $0.byteLimit = min(byteCount, Self.byteLimit) } }

    /// Whether a digest is in no table for sure.
    func contains(_ digest: Digest) -> Bool {
        let key = digest.filterKey
        return state.withLock { $0.filter.map { !$0.mayContain(key) } ?? false }
    }

    /// Notes that the tables were asked for what they do not have.
    func noteAbsence(_ database: Database) throws {
        let asksForRows = state.withLock { state in
            guard state.filter == nil, state.thread == nil else { return false }
            state.questionCount += 1
            return state.questionCount >= Self.leastQuestionCount && state.rowCount == nil
        }
        let rowCount = asksForRows ? try Self.rowCount(database) : nil
        state.withLock { state in
            state.rowCount = state.rowCount ?? rowCount
            guard state.filter == nil, state.thread == nil, let rowCount = state.rowCount,
                state.questionCount >= Self.leastQuestionCount,
                state.questionCount >= rowCount / Self.rowsPerQuestion
            else { return }
            begin(&state, rowCount: rowCount)
        }
    }

    /// Does a commit that brings digests.
    func duringArrival<Result>(of digests: [Digest], _ commit: () throws -> Result) rethrows -> Result {
        let keys = digests.map(\.filterKey)
        let ticket = state.withLock { state in
            state.ticket += 1
            state.arriving[state.ticket] = keys
            for key in keys {
                state.filter?.insert(key)
                state.unfinished?.insert(key)
            }
            return state.ticket
        }
        defer {
            state.withLock { state in
                state.arriving[ticket] = nil
                // One that has become full is followed by a larger one.
                if let filter = state.filter, filter.count > filter.capacity, state.thread == nil,
                    filter.byteCount < state.byteLimit / 2
                {
                    begin(&state, rowCount: filter.count)
                }
            }
        }
        return try commit()
    }

    /// Whether a filter stands.
    var isReady: Bool { capacity != nil }

    /// Digests for which the filter is large enough; `nil` until one stands.
    var capacity: Int? { state.withLock { $0.filter?.capacity } }

    /// Ends the thread that makes a filter, if there is one.
    func stop() {
        let thread = state.withLock { state in
            state.isStopped = true
            return state.thread
        }
        thread?.join()
    }

    // MARK: - Making a filter

    private func begin(_ state: inout State, rowCount: Int) {
        guard !state.isStopped else { return }
        var filter = DigestFilter(capacity: 1_000_000 + 2 * rowCount, byteLimit: state.byteLimit)
        // Two that do not fit side by side go one after the other; until the second stands, the tables are asked.
        if let standing = state.filter, standing.byteCount + filter.byteCount > state.byteLimit { state.filter = nil }
        // Their transactions may end before or after the reading begins.
        for keys in state.arriving.values { keys.forEach { filter.insert($0) } }
        state.unfinished = filter
        state.thread = Thread(name: "filter") { self.make() }
    }

    /// Where the file cannot be read, there is no filter; whoever asks the tables is told.
    private func make() {
        let isComplete = (try? addAll()) ?? false
        state.withLock { state in
            if isComplete { state.filter = state.unfinished }
            state.unfinished = nil
            state.thread = nil
            // Another attempt would fail as well.
            if !isComplete { state.isStopped = true }
        }
    }

    private func addAll() throws -> Bool {
        let reader = try openReader()
        // Each page is read once.
        try reader.inDatabase { try $0.execute(sql: "PRAGMA cache_size = -256") }
        for table in ["segments", "messages"] {
            // Before every blob.
            var last: DatabaseValue? = "".databaseValue
            while let key = last {
                guard !state.withLock({ $0.isStopped }) else { return false }
                last = try reader.unsafeRead { try addStep(table, behind: key, $0) }
            }
        }
        try reader.close()
        return true
    }

    /// - Returns: the last key; `nil` when there are no more. Each step is a transaction of its own: a longer one would
    ///   keep the log from being folded in.
    private func addStep(_ table: String, behind last: DatabaseValue, _ database: Database) throws -> DatabaseValue? {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(Digest.keyColumn) FROM \(table) INDEXED BY \(table)_by_digest
                WHERE \(Digest.keyColumn) > ? ORDER BY \(Digest.keyColumn) LIMIT \(Self.rowsPerStep)
                """)
        let found = try DatabaseValue.fetchAll(statement, arguments: [last])
        let keys = found.map(Digest.filterKey(ofKey:))
        state.withLock { state in
            for key in keys { state.unfinished?.insert(key) }
        }
        return found.count < Self.rowsPerStep ? nil : found.last
    }

    private static func rowCount(_ database: Database) throws -> Int {
        try ["segments", "messages"].reduce(0) {
            $0 + (try Int.fetchOne(database, sql: "SELECT MAX(id) FROM \($1)") ?? 0)
        }
    }
}
