import POP

/// Messages that are asked for, several at once where the server can do that, and proof that each answer belongs to its
/// command.
///
/// An answer is proved by its size where no other message under way has that size. Where sizes prove nothing the pipeline
/// is guarded: a LIST of the message goes behind each RETR, and its answer, which repeats the number, must be where it is
/// due. So replies that are lost, doubled or run together are found out even where the one makes up for the other.
struct RetrievalPipeline {
    /// Where so many messages waited for one of their size, a guard costs less.
    private static let waitLimit = 8

    private let line: SessionLine
    private let entries: [MaildropListing.Entry]
    /// Indices of entries: answered, then under way, then to be asked for.
    private var order: [Int]
    private var answeredCount = 0
    private var sentCount = 0
    /// Commands since nothing was under way.
    private var sentSinceEmptyCount = 0
    /// How often a message had to wait for one of its size.
    private var waitCount = 0
    private var window: PipelineWindow
    /// Several commands may be under way. Without a scan listing there is no guard, and one goes at a time.
    let isPipelining: Bool
    private(set) var isGuarded: Bool

    /// Begins under guard where sizes are not known or duplicates are to be expected, too.
    /// - Parameters:
    ///   - order: of `entries`, in which to ask.
    ///   - isGuarded: sizes prove nothing from the start.
    init(_ order: [Int], of entries: [MaildropListing.Entry], _ line: SessionLine, isGuarded: Bool) {
        self.line = line
        self.entries = entries
        self.order = order
        isPipelining = line.isPipelining && order.contains { entries[$0].octets != nil }
        window = line.window(isPipelining: isPipelining)
        self.isGuarded = isPipelining && (isGuarded || order.contains { Self.isDoubtful(entries[$0]) })
    }

    private static func isDoubtful(_ entry: MaildropListing.Entry) -> Bool {
        entry.octets == nil || entry.needsContent || entry.isKnownByName || !entry.isNameTrusted
    }

    /// The message whose answer comes next; `nil` when none is under way.
    var first: Int? { underWay.first }

    var underWay: ArraySlice<Int> { order[answeredCount..<sentCount] }

    /// Whether a doubtful answer can only be proved by asking once more under guard: others were under way with it.
    var needsGuard: Bool { !isGuarded && sentSinceEmptyCount > 1 }

    /// Sends as many commands as the window takes.
    /// - Parameter mayAsk: whether this message may be asked for now, behind those that are under way.
    mutating func ask(_ mayAsk: (_ index: Int, _ underWay: ArraySlice<Int>) -> Bool) throws {
        if waitCount >= Self.waitLimit, !isGuarded {
            guard underWay.isEmpty else { return }
            isGuarded = true
        }
        if underWay.isEmpty { sentSinceEmptyCount = 0 }
        var commands: [Command] = []
        while sentCount < order.count {
            let entry = entries[order[sentCount]]
            let octets = entry.octets ?? 0
            guard window.admits(octets), mayAsk(order[sentCount], underWay) else { break }
            guard isGuarded || !underWay.contains(where: { entries[$0].octets == entry.octets }) else {
                waitCount += 1
                break
            }
            commands.append(.retrieve(entry.number))
            if isGuarded { commands.append(.scan(entry.number)) }
            window.add(octets)
            sentCount += 1
            sentSinceEmptyCount += 1
        }
        if !commands.isEmpty { try line.client.send(commands) }
    }

    /// The first message is answered in full.
    mutating func removeFirst() {
        answeredCount += 1
        window.removeFirst()
    }

    /// Has a message asked for once more behind all others.
    mutating func putBack(_ index: Int) { order.append(index) }

    /// Throws away what is under way, makes sure that replies are in step, and begins anew under guard.
    /// - Parameter again: to be asked for once more, before all behind the first message under way.
    mutating func startGuarding(with again: [Int]) throws {
        for index in underWay.dropFirst() {
            guard try line.replyToMessage(entries[index], isGuarded: false).isOK else { continue }
            try line.body(of: entries[index]) { _ in }
        }
        try line.checkStep()
        order = again + order[(answeredCount + 1)...]
        (answeredCount, sentCount) = (0, 0)
        window = line.window(isPipelining: isPipelining)
        isGuarded = true
    }
}
