extension Scenario {
    /// LIST and UIDL say something wrong, or something right in an odd form.
    static let listings = [
        Scenario("sizes-rounded", "LIST rounds sizes up to kilobytes", script: sizes(.roundedUp(to: 1_024))),
        Scenario("sizes-negative", "LIST tells the size -1", script: sizes(.value(-1))),
        Scenario("sizes-small", "LIST counts LF where CRLF is sent", messages: countedByLF),
        Scenario("sizes-huge", "LIST tells sizes of 4 GB", script: sizes(.value(4 << 30))),
        Scenario(
            "uidl-missing", "UIDL is unknown; then two messages arrive", script: .uidlMissing,
            changes: [[.arrive(.numbered(7...8))]]),
        Scenario(
            "uidl-gaps", "UIDL leaves out every third message",
            script: [FaultRule(.command("UIDL"), .listing(.gaps(every: 3)))]),
        Scenario(
            "uidl-shuffled", "UIDL lists out of order; then two messages arrive",
            script: [FaultRule(.command("UIDL"), .listing(.shuffled(seed: 7)))],
            changes: [[.arrive(.numbered(7...8))]]),
        Scenario(
            "uidl-prefixed", "each line of UIDL begins with +OK; then two messages arrive",
            script: [FaultRule(.command("UIDL"), .listing(.prefixed("+OK ")))],
            changes: [[.arrive(.numbered(7...8))]]),
    ]

    private static func sizes(_ lie: SizeLie) -> FaultScript {
        ["STAT", "LIST", "RETR"].map { FaultRule(.command($0), .wrongSize(lie)) }.reduce(into: FaultScript.none) {
            $0.rules.append($1)
        }
    }

    private static let countedByLF: [SimulatedMessage] = [SimulatedMessage].numbered(1...6).map { message in
        var message = message
        let bytes = message.content.transmittedForm()
        message.listedSize = Int64(bytes.count - bytes.count { $0 == 0x0d })
        return message
    }
}
