extension Scenario {
    private static func cut(_ how: ConnectionEnding, when occurrence: Occurrence = .only(1)) -> FaultScript {
        [
            FaultRule(.transmission(uniqueID: "id3"), pause, when: occurrence),
            FaultRule(.transmission(uniqueID: "id3"), .closeAfterBytes(1_500, how: how), when: occurrence),
        ]
    }

    /// What went before arrives, so that each client is cut off at the same place.
    static let pause = Fault.delay(seconds: 0.2)

    /// The connection ends where it should not.
    static let endings = [
        Scenario(
            "cut-fin", "closes in the middle of message 3, once: FIN, in the clear", script: cut(.fin), wire: .clear),
        Scenario(
            "cut-tls-fin", "closes in the middle of message 3, once: FIN without a word from TLS", script: cut(.fin),
            wire: .tls),
        Scenario(
            "cut-close-notify", "closes in the middle of message 3, once: TLS close_notify",
            script: cut(.tlsCloseNotify), wire: .tls),
        Scenario("cut-rst", "closes in the middle of message 3, once: RST", script: cut(.rst)),
        Scenario(
            "cut-each-time", "closes in the middle of message 3, each time: FIN, in the clear",
            script: cut(.fin, when: .every), wire: .clear),
        Scenario(
            "cut-between", "closes when message 4 is asked for, once",
            script: [FaultRule(.transmission(uniqueID: "id4"), .closeBefore(.tlsCloseNotify), when: .only(1))]),
        Scenario(
            "stall-once", "300 messages; falls silent in the middle of message 200, once",
            messages: .numbered(1...300),
            script: [FaultRule(.transmission(uniqueID: "id200"), .stallAfterBytes(1_000), when: .only(1))]),
        Scenario(
            "drip", "sends message 3 at one byte a second, once",
            script: [FaultRule(.transmission(uniqueID: "id3"), .drip(bytesPerSecond: 1), when: .only(1))]),
    ]
}
