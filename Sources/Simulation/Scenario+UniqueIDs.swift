extension Scenario {
    /// Unique-ids that are not unique, not lasting, or not as RFC 1939 has them.
    static let uniqueIDs = [
        Scenario(
            "twin-ids", "messages 2 and 5 have one unique-id; then one message arrives",
            messages: .numbered(1...6).with(uniqueIDs: texts("id1", "twin", "id3", "id4", "twin", "id6")),
            changes: [[.arrive(.numbered(7...7))]]),
        Scenario(
            "late-twin", "then a message arrives with the unique-id of message 2",
            changes: [[.arrive(.numbered(7...7).with(uniqueIDs: texts("id2")))]]),
        Scenario(
            "empty-ids", "messages 2 and 5 have empty unique-ids; then one message arrives",
            messages: .numbered(1...6).with(uniqueIDs: texts("id1", "", "id3", "id4", "", "id6")),
            changes: [[.arrive(.numbered(7...7))]]),
        Scenario(
            "renumbered", "then all unique-ids are others, as after a host move, and two messages arrive",
            changes: [[.renumber(prefix: "moved-"), .arrive(.numbered(7...8))]]),
        Scenario(
            "reused-id", "then message 6 is gone, and another message has its unique-id",
            changes: [[.vanish(uniqueID: "id6"), .arrive(.numbered(7...7).with(uniqueIDs: texts("id6")))]]),
        Scenario(
            "moved-numbers", "then messages 1 and 3 are gone, and two others arrive",
            changes: [[.vanish(uniqueID: "id1"), .vanish(uniqueID: "id3"), .arrive(.numbered(7...8))]]),
        Scenario(
            "long-ids", "unique-ids of 300 bytes that differ in the last; then one message arrives",
            messages: .numbered(1...6).with(uniqueIDs: (1...6).map(long)),
            changes: [[.arrive(.numbered(7...7).with(uniqueIDs: [long(7)]))]]),
        Scenario(
            "spaced-ids", "unique-ids with spaces that differ behind them; then one message arrives",
            messages: .numbered(1...6).with(uniqueIDs: (1...6).map { Array("box 1 \($0)".utf8) }),
            changes: [[.arrive(.numbered(7...7).with(uniqueIDs: texts("box 1 7")))]]),
        Scenario(
            "latin-ids", "unique-ids with bytes that are not ASCII and not UTF-8; then one message arrives",
            messages: .numbered(1...6).with(uniqueIDs: (1...6).map(latin)),
            changes: [[.arrive(.numbered(7...7).with(uniqueIDs: [latin(7)]))]]),
    ]

    private static func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static func long(_ number: Int) -> [UInt8] {
        Array((String(repeating: "x", count: 299) + "\(number)").utf8)
    }

    private static func latin(_ number: Int) -> [UInt8] { [0xe4, 0xf6, 0xfc, 0xdf, 0x80, 0xe0 + UInt8(number)] }
}
