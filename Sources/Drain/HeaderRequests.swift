import Mail
import POP

/// Asks for the headers of messages by TOP (RFC 1939, section 7), several at once where the server can do that, with a
/// LIST of the message behind each.
struct HeaderRequests {
    /// How the server answered.
    struct Answers {
        /// Headers that came.
        var count = 0
        /// There were refusals, and none asks to try later.
        var areRefusedForGood = false
    }

    /// Refusals of TOP, none answered between, after which nothing more is asked.
    private static let refusalLimit = 3
    /// Octets of a header that are looked at.
    static let headerByteLimit = 256 << 10
    /// What TOP may bring: some servers send the body, too.
    private static let answerOctetLimit: UInt64 = 8 << 20

    let line: SessionLine
    let stop: StopControl

    /// - Parameter take: gets the place in `entries` and the header, for each message that the server does not refuse.
    /// - Throws: what ended the session.
    func run(
        _ entries: [MaildropListing.Entry], _ take: (Int, UnsafeRawBufferPointer) -> Void
    ) throws -> Answers {
        var answers = Answers()
        guard !entries.isEmpty else { return answers }
        // Without a scan listing there is no guard, and one goes at a time.
        let isGuarded = line.isPipelining && entries.contains { $0.octets != nil }
        var window = line.window(isPipelining: isGuarded)
        let start = ContinuousClock.now
        var (sentCount, receivedCount, refusalCount) = (0, 0, 0)
        var areForGood = true
        var header: [UInt8] = []
        while true {
            var commands: [Command] = []
            let isLow = window.isLow
            while isLow, sentCount < entries.count, !stop.isRequested, window.admits(0),
                refusalCount < Self.refusalLimit
            {
                let number = entries[sentCount].number
                commands.append(.top(number, lines: 0))
                if isGuarded { commands.append(.scan(number)) }
                window.add(0)
                sentCount += 1
            }
            if !commands.isEmpty { try line.client.send(commands) }
            guard receivedCount < sentCount else { break }
            let entry = entries[receivedCount]
            let reply = try line.replyToMessage(entry, isGuarded: isGuarded)
            if reply.isOK {
                refusalCount = 0
                answers.count += 1
                header.removeAll(keepingCapacity: true)
                try line.body(of: entry, atMost: Self.answerOctetLimit) { bytes in
                    if header.count < Self.headerByteLimit { header += bytes }
                }
                header.withUnsafeBytes { take(receivedCount, $0) }
            } else {
                refusalCount += 1
                areForGood = areForGood && !Refusal(what: "TOP", reply).isTemporary
            }
            if isGuarded { try line.readScan(of: entry) }
            receivedCount += 1
            window.removeFirst(after: start.duration(to: .now))
        }
        try line.checkStep()
        answers.areRefusedForGood = receivedCount > answers.count && areForGood
        return answers
    }
}
