import POP

/// Drives a session as a connection does: a batch of commands goes when the one before is answered, and bytes that were
/// not consumed are given again in front of new ones.
struct SessionDriver {
    enum Seen: Equatable {
        case greeting(Reply)
        case reply(Command, Reply)
        case line(Command, [UInt8])
        case challenge([UInt8])
        /// Where a body begins in the stream; where its terminator ends, `nil` when that did not come.
        case body(start: Int, end: Int?, [UInt8])
        case end(Command)
    }

    /// What came of a stream. The text of an error may depend on how much had arrived; its code may not.
    struct Outcome: Equatable {
        var seen: [Seen]
        var consumed: Int
        var code: POPError.Code?
        var endCode: POPError.Code?
        var error: String?

        static func == (one: Outcome, other: Outcome) -> Bool {
            one.seen == other.seen && one.consumed == other.consumed && one.code == other.code
                && one.endCode == other.endCode
        }
    }

    private var session: Session
    private var batches: ArraySlice<[Command]>
    private var unread: [UInt8] = []
    private var consumed = 0
    private var seen: [Seen] = []
    private var body: (start: Int, bytes: [UInt8])?
    private var error: POPError?
    private var isOver = false

    /// Limits are small, so that short inputs come to them.
    init(_ batches: [[Command]]) {
        var limits = Limits()
        limits.lineByteLimit = 512
        limits.capabilityLineLimit = 8
        limits.listingLineLimit = 16
        session = Session(limits: limits)
        self.batches = Self.withoutPassedBarriers(batches)[...]
    }

    var outcome: Outcome {
        var seen = seen
        if let body { seen.append(.body(start: body.start, end: nil, body.bytes)) }
        return Outcome(
            seen: seen, consumed: consumed, code: error?.code, endCode: session.end()?.code,
            error: error.map(String.init(describing:)))
    }

    mutating func feed(_ piece: ArraySlice<UInt8>) {
        unread += piece
        while !isOver, step() {}
    }

    /// One call of `next`. `false` when it asked for more, or failed.
    private mutating func step() -> Bool {
        do throws(POPError) {
            let (count, event) = try next()
            holds(count <= unread.count, "no more is consumed than there is")
            let input = unread
            unread.removeFirst(count)
            consumed += count
            return take(event, input)
        } catch {
            self.error = error
            isOver = true
            return false
        }
    }

    private mutating func next() throws(POPError) -> (consumed: Int, event: Session.Event) {
        let result: Result<(consumed: Int, event: Session.Event), POPError> = unread.withUnsafeBytes { bytes in
            do throws(POPError) {
                return .success(try session.next(bytes) { body?.bytes.append(contentsOf: $0) })
            } catch { return .failure(error) }
        }
        return try result.get()
    }

    private mutating func take(_ event: Session.Event, _ input: [UInt8]) -> Bool {
        switch event {
        case .needsMore:
            holds(body != nil || unread == input, "where more is needed, nothing is consumed but of a body")
            return false
        case .greeting(let reply):
            seen.append(.greeting(reply))
            isOver = !reply.isOK
        case .reply(let command, let reply):
            seen.append(.reply(command, reply))
            if reply.isOK, command.replyShape == .body { body = (consumed, []) }
            isOver = command == .quit
        case .challenge(let range):
            seen.append(.challenge(Array(input[range])))
            var wire: [UInt8] = []
            session.answer(SecretBytes(copying: "c2VjcmV0".utf8), to: &wire)
            return true
        case .line(let command, let range):
            seen.append(.line(command, Array(input[range])))
        case .end(let command):
            if let body { seen.append(.body(start: body.start, end: consumed, body.bytes)) }
            body = nil
            seen.append(.end(command))
        }
        if !isOver, session.inFlightCount == 0 { sendBatch() }
        return true
    }

    private mutating func sendBatch() {
        guard let batch = batches.popFirst() else {
            isOver = true
            return
        }
        var wire: [UInt8] = []
        for command in batch { session.send(command, to: &wire) }
        holds(wire.last == 10, "a command ends its line")
    }

    /// Nothing may be sent with or behind a barrier: such commands get batches of their own.
    private static func withoutPassedBarriers(_ batches: [[Command]]) -> [[Command]] {
        func isBarrier(_ command: Command) -> Bool {
            ["STLS", "PASS", "APOP", "AUTH", "QUIT"].contains(command.keyword)
        }
        return batches.flatMap { batch in
            batch.reduce(into: [[Command]]()) { parts, command in
                let isFirst = parts.last?.last.map(isBarrier) ?? true
                if isFirst || isBarrier(command) {
                    parts.append([command])
                } else {
                    parts[parts.count - 1].append(command)
                }
            }
        }
    }
}
