extension Scenario {
    /// The way into a session, and out of it.
    static let sessions = [
        Scenario(
            "in-use", "the first login is refused with [IN-USE]",
            script: [
                FaultRule(.command("PASS"), .replyText("-ERR [IN-USE] Mailbox is locked."), when: .only(1))
            ]),
        Scenario(
            "throttled-login", "closes when message 4 is asked for, once; refuses the next login with [LOGIN-DELAY]",
            script: [
                FaultRule(.transmission(uniqueID: "id4"), .closeBefore(.tlsCloseNotify), when: .only(1)),
                FaultRule(.command("PASS"), .replyText("-ERR [LOGIN-DELAY] Too soon, wait."), when: .only(2)),
            ]),
        Scenario(
            "broken-pipelining", "announces PIPELINING, and loses what is sent behind another command",
            script: .pipeliningBroken),
        Scenario(
            "dropped-quit", "closes instead of answering QUIT, once: RST, nothing is deleted",
            script: [FaultRule(.command("QUIT"), .closeBefore(.rst), when: .only(1))],
            changes: [[.arrive(.numbered(7...7))]]),
        Scenario(
            "refused-quit", "answers QUIT with -ERR, once: nothing is deleted",
            script: [
                FaultRule(.command("QUIT"), .deletesLost, when: .only(1)),
                FaultRule(
                    .command("QUIT"), .replyBytes(Array("-ERR [SYS/TEMP] Nothing removed.\r\n".utf8)), when: .only(1)),
            ],
            changes: [[.arrive(.numbered(7...7))]]),
        Scenario(
            "forgotten-quit", "answers QUIT with +OK and deletes nothing, once",
            script: [FaultRule(.command("QUIT"), .deletesLost, when: .only(1))],
            changes: [[.arrive(.numbered(7...7))]]),
        Scenario(
            "hasty-dele", "DELE takes effect without QUIT; closes in the middle of message 4, once",
            script: [
                FaultRule(.command("DELE"), .deleteAtOnce),
                FaultRule(.transmission(uniqueID: "id4"), pause, when: .only(1)),
                FaultRule(.transmission(uniqueID: "id4"), .closeAfterBytes(1_500, how: .rst), when: .only(1)),
            ]),
    ]
}
