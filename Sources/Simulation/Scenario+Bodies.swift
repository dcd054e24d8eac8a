extension Scenario {
    /// Messages come in another form than RFC 1939 has it, or in a rare one.
    static let bodies = [
        Scenario(
            "unstuffed-dot", "a line of one dot in message 2 is not byte-stuffed, each time",
            script: [FaultRule(.transmission(uniqueID: "id2"), .unstuffedDot)]),
        Scenario(
            "bare-lf-dot", "messages 2 and 4 hold LF . LF and LF . CRLF, which end nothing",
            messages: withBody(2, "one\r\ntwo\n.\nthree\r\n") + withBody(4, "one\r\ntwo\n.\r\nthree\r\n")),
        Scenario(
            "megabyte-lines", "message 2 has a line of 4 MB, message 4 a header line of 1 MB",
            messages: withBody(2, line(byteCount: 4_000_000))
                + withBody(4, "short\r\n", header: "Subject: " + line(byteCount: 1_000_000))),
        Scenario(
            "doubled-reply", "message 2 comes twice in answer to one command, once",
            script: [FaultRule(.transmission(uniqueID: "id2"), .double, when: .only(1))]),
        Scenario(
            "refused-message", "refuses message 3 with -ERR, each time",
            script: [FaultRule(.transmission(uniqueID: "id3"), .replyText("-ERR Message is corrupt."))]),
    ]

    /// Two messages: an ordinary one, and this one behind it.
    private static func withBody(
        _ number: Int, _ body: String, header: String = "Subject: odd\r\n"
    ) -> [SimulatedMessage] {
        let text = "From: Sender <sender@example.org>\r\nTo: Reader <reader@example.net>\r\n\(header)\r\n\(body)"
        return .numbered(number - 1...number - 1) + [SimulatedMessage(uniqueID: "id\(number)", text: text)]
    }

    private static func line(byteCount: Int) -> String {
        String(repeating: "abcdefghij", count: byteCount / 10) + "\r\n"
    }
}
