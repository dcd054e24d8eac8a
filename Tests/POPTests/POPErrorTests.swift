import POP
import Testing

@Suite struct POPErrorTests {
    @Test(
        "says what the server did, with its words escaped",
        arguments: [
            (POPError.Code.lineTooLong(limit: 8192), "a line of more than 8192 bytes"),
            (.listingTooLong(limit: 10), "listing has more than 10 lines"),
            (.notAReply, "not a POP3 reply: \"a\\x1B\""), (.unsolicited, "that no command asked for: \"a\\x1B\""),
            (.malformedListing, "without a message number: \"a\\x1B\""),
            (.wrongService("a web server"), "this is a web server, not a POP3 server: check `host` and `port`"),
            (.endedBeforeGreeting, "without a greeting"),
            (.endedInsideReply, "ended in the middle of a reply"),
        ])
    func descriptions(code: POPError.Code, words: String) {
        #expect(POPError(code, received: latin1("a\u{1B}")).description.contains(words))
    }

    @Test("keeps a few words of a flood")
    func shortened() {
        let error = POPError(.unsolicited, received: [UInt8](repeating: 97, count: 1 << 20))
        #expect(error.received == String(repeating: "a", count: 80) + "…")
    }
}
