import POP

/// Messages that are asked for, several at once where the server can do that, and proof that each answer belongs to its
/// command.
///
/// Behind each RETR of a pipeline goes a LIST of the message, and its answer, which repeats the number, must be where it is
/// due. So replies that are lost, doubled or run together are found out even where the one makes up for the other.
struct RetrievalPipeline {
    private let line: SessionLine
    private let entries: ListedMessages
    /// Indices of entries: answered, then under way, then to be asked for.
    private var order: [Int]
    private var answeredCount = 0
    private var sentCount = 0
    private var window: PipelineWindow
    private let start = ContinuousClock.now
    /// Several commands may be under way, each with a LIST behind it. A server without a scan listing gets one at a time.
    let isGuarded: Bool

    /// - Parameters:
    ///   - order: of `entries`, in which to ask.
    ///   - octetLimit, isProven: see `PipelineWindow`.
    init(
        _ order: [Int], of entries: ListedMessages, _ line: SessionLine,
        octetLimit: UInt64 = PipelineWindow.leastOctetLimit, isProven: Bool = false
    ) {
        self.line = line
        self.entries = entries
        self.order = order
        isGuarded = line.isPipelining && order.contains { entries.octets(at: $0) != nil }
        window = line.window(isPipelining: isGuarded, octetLimit: octetLimit, isProven: isProven)
    }

    /// The message whose answer comes next; `nil` when none is under way.
    var first: Int? { underWay.first }

    /// How many octets may be under way, by what was seen so far.
    var octetLimit: UInt64 { window.octetLimit }

    /// Whether the server served many in a row.
    var isProven: Bool { isGuarded && window.isWide }

    var underWay: ArraySlice<Int> { order[answeredCount..<sentCount] }

    /// Sends as many commands as the window takes.
    /// - Parameter mayAsk: whether this message may be asked for now, behind those that are under way.
    mutating func ask(_ mayAsk: (_ index: Int, _ underWay: ArraySlice<Int>) -> Bool) throws {
        guard window.isLow else { return }
        var commands: [Command] = []
        while sentCount < order.count {
            let entry = entries[order[sentCount]]
            let octets = entry.octets ?? 0
            guard window.admits(octets), mayAsk(order[sentCount], underWay) else { break }
            commands.append(.retrieve(entry.number))
            if isGuarded { commands.append(.scan(entry.number)) }
            window.add(octets)
            sentCount += 1
        }
        if !commands.isEmpty { try line.client.send(commands) }
    }

    /// The first message is answered in full.
    /// - Parameter isServed: with the message.
    mutating func removeFirst(isServed: Bool) {
        answeredCount += 1
        window.removeFirst(after: start.duration(to: .now), isServed: isServed)
    }

    /// Has a message asked for once more behind all others.
    mutating func putBack(_ index: Int) { order.append(index) }
}
