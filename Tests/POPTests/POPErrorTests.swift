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
            (.outOfStep, "do not belong to the commands any more: \"a\\x1B\""),
            (.lostCommand, "never answered a\\x1B, which was sent behind another command"),
        ])
    func descriptions(code: POPError.Code, words: String) {
        #expect(POPError(code, received: latin1("a\u{1B}")).description.contains(words))
    }

    @Test("shows no secret of a flood, nor the beginning of one that is cut off")
    func masked() throws {
        let secret = latin1("hunter2hunter3")
        let mask = try #require(secret.withUnsafeBytes { EchoMask($0) })
        for count in 0..<200 {
            let flood = [UInt8](repeating: 97, count: count) + secret + secret
            #expect(!POPError(.outOfStep, received: flood, mask: mask).received.contains("hunt"))
        }
    }

    @Test("keeps a few words of a flood")
    func shortened() {
        let error = POPError(.unsolicited, received: [UInt8](repeating: 97, count: 1 << 20))
        #expect(error.received == String(repeating: "a", count: 80) + "…")
    }
}
