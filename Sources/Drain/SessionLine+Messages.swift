import POP
import Transport

extension SessionLine {
    /// The largest message; ustar ends at 8 GiB.
    private static let messageOctetLimit: UInt64 = 4 << 30
    /// A body may be so many times as large as it is listed, and so much larger: servers count compressed bytes.
    private static let largestGrowth: (factor: UInt64, octets: UInt64) = (64, 64 << 20)

    /// Reads the status line of the reply to RETR or TOP.
    /// - Parameter isGuarded: a LIST of the message was sent behind.
    /// - Throws: `POPError.outOfStep` where it is the answer to that, whatever a reply may throw.
    func replyToMessage(_ entry: MaildropListing.Entry, isGuarded: Bool) throws -> Reply {
        let reply = try client.reply(.body)
        if isGuarded, reply.isOK, let scan = Self.scan(reply), scan.number == entry.number, scan.octets != nil,
            scan.octets == entry.octets
        {
            throw client.outOfStep()
        }
        return reply
    }

    /// Reads the answer to the LIST of a message that was sent along: the number in it proves that replies are in step.
    /// - Throws: `POPError.outOfStep`, whatever a reply may throw.
    func readScan(of entry: MaildropListing.Entry) throws {
        let reply = try client.reply()
        guard reply.isOK, Self.scan(reply)?.number == entry.number else { throw client.outOfStep() }
    }

    private static func scan(_ reply: Reply) -> ScanListing? {
        try? reply.text.withUnsafeBytes { try ScanListing(line: $0) }
    }

    /// Reads what RETR or TOP brings, after its `+OK`.
    /// - Parameter most: a bound that is lower than that of the whole message.
    /// - Throws: `AccountFailure` where it goes on as if it had no end, what `take` throws; the session cannot go on then.
    func body(
        of entry: MaildropListing.Entry, atMost most: UInt64 = .max, _ take: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        let limit = min(most, Self.octetLimit(of: entry))
        var octets: UInt64 = 0
        try client.body {
            octets += UInt64($0.count)
            guard octets <= limit else { throw Self.endless(entry, limit) }
            try take($0)
        }
    }

    private static func octetLimit(of entry: MaildropListing.Entry) -> UInt64 {
        guard let octets = entry.octets else { return messageOctetLimit }
        return min(messageOctetLimit, max(octets, 1) * largestGrowth.factor + largestGrowth.octets)
    }

    private static func endless(_ entry: MaildropListing.Entry, _ limit: UInt64) -> AccountFailure {
        AccountFailure(
            .retry, "message \(entry.number) goes on beyond \(limit) octets",
            remedy: "it may lack its terminator: look at it on the server")
    }
}
