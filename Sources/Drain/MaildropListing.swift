import POP

/// What a maildrop holds, compared with what is archived.
struct MaildropListing {
    struct Entry {
        let number: MessageNumber
        /// Empty where the server has none.
        let uniqueID: UniqueID
        /// By the scan listing; a hint.
        var octets: UInt64?
    }

    /// Messages to fetch, by number.
    private(set) var new: [Entry] = []
    private(set) var listedCount = 0
    private(set) var knownCount = 0

    var expectedOctets: UInt64 { new.reduce(0) { $0 + ($1.octets ?? 0) } }

    /// Asks for the listing and compares it.
    /// - Parameter checkpoints: how many messages each unique-id stands for already.
    /// - Throws: `TransportError`, `POPError`, `Refusal`.
    init(_ client: POPClient, _ capabilities: Capabilities, checkpoints: [[UInt8]: Int]) throws {
        if capabilities.pipelining {
            try client.send([.stat, .uniqueIDs])
        } else {
            try client.send([.stat])
        }
        let stat = try client.reply()
        guard stat.isOK, let status = MaildropStatus(stat) else { throw Refusal(what: "STAT", stat) }
        if !capabilities.pipelining { try client.send([.uniqueIDs]) }
        let reply = try client.reply()
        guard reply.isOK else {
            // No UIDL: everything is fetched, and known again by its content.
            listedCount = status.messageCount
            let sizes = status.messageCount > 0 ? try Self.sizes(client) : [:]
            new = (0..<UInt32(clamping: status.messageCount)).map {
                let number = MessageNumber($0 + 1)
                return Entry(number: number, uniqueID: UniqueID([]), octets: sizes[number] ?? nil)
            }
            return
        }
        var listed: [UniqueIDListing] = []
        try client.lines { listed.append(try UniqueIDListing(line: $0)) }
        listedCount = listed.count
        compare(listed, checkpoints)
        let sizes = new.isEmpty && listed.count == status.messageCount ? [:] : try Self.sizes(client)
        if listed.count < status.messageCount { addUnnamed(Set(listed.map(\.number)), sizes) }
        for index in new.indices { new[index].octets = sizes[new[index].number] ?? nil }
    }

    /// Messages that LIST shows and UIDL leaves out: fetched, and known again by their content.
    private mutating func addUnnamed(_ named: Set<MessageNumber>, _ sizes: [MessageNumber: UInt64?]) {
        for number in sizes.keys.sorted() where !named.contains(number) {
            listedCount += 1
            new.append(Entry(number: number, uniqueID: UniqueID([]), octets: nil))
        }
        new.sort { $0.number < $1.number }
    }

    /// A unique-id that stands here more often than it is archived is trusted for none of its messages: a second one is
    /// never taken for seen. Nor is an empty one.
    private mutating func compare(_ listed: [UniqueIDListing], _ checkpoints: [[UInt8]: Int]) {
        var occurrences: [[UInt8]: Int] = [:]
        for entry in listed { occurrences[entry.uniqueID.bytes, default: 0] += 1 }
        for entry in listed {
            let key = entry.uniqueID.bytes
            if !key.isEmpty, let archived = checkpoints[key], archived >= occurrences[key, default: 1] {
                knownCount += 1
            } else {
                new.append(Entry(number: entry.number, uniqueID: entry.uniqueID, octets: nil))
            }
        }
        new.sort { $0.number < $1.number }
    }

    /// The scan listings, by message number; a size is `nil` where the server sends nonsense. Empty when LIST is refused.
    private static func sizes(_ client: POPClient) throws -> [MessageNumber: UInt64?] {
        guard try client.exchange(.list).isOK else { return [:] }
        var sizes: [MessageNumber: UInt64?] = [:]
        try client.lines {
            let line = try ScanListing(line: $0)
            sizes[line.number] = .some(line.octets)
        }
        return sizes
    }
}
