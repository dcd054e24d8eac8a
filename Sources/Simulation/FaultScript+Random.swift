extension FaultScript {
    /// A script made from a seed: each rule strikes once, somewhere in the first sessions.
    ///
    /// - Parameters:
    ///   - ruleCount: how many faults
    ///   - mayHang: whether faults that end only by the client's own time-out may be among them
    package static func random(seed: UInt64, ruleCount: Int = 4, mayHang: Bool = true) -> FaultScript {
        var random = SeededRandom(seed: seed)
        return FaultScript((0..<ruleCount).map { _ in rule(mayHang: mayHang, using: &random) })
    }

    private static func rule(mayHang: Bool, using random: inout SeededRandom) -> FaultRule {
        // RETR is most of a session, and so of its faults.
        let verbs = [
            "RETR", "RETR", "RETR", "RETR", "CAPA", "USER", "PASS", "STAT", "LIST", "UIDL", "TOP", "DELE", "QUIT",
        ]
        let verb = verbs.randomElement(using: &random)!
        let isGreeting = random.next() % 16 == 0
        let nth = verb == "RETR" || verb == "DELE" ? Int.random(in: 1...50, using: &random) : 1
        let fault = fault(mayHang: mayHang, using: &random)
        return FaultRule(isGreeting ? .greeting : .command(verb), fault, when: .only(isGreeting ? 1 : nth))
    }

    private static func fault(mayHang: Bool, using random: inout SeededRandom) -> Fault {
        let ending = [ConnectionEnding.fin, .rst, .tlsCloseNotify].randomElement(using: &random)!
        // Small numbers as often as large ones.
        let byteCount = Int64(random.next() >> UInt64.random(in: 44...63, using: &random))
        let refusal = ["[SYS/TEMP] Later.", "[SYS/PERM] Never.", "[IN-USE] Locked.", "No such message.", ""]
            .randomElement(using: &random)!
        let seed = random.next()
        let faults: [Fault] = [
            .replyText("-ERR \(refusal)"), .closeBefore(ending), .closeAfterBytes(byteCount, how: ending),
            .closeAfterBytes(byteCount, how: ending), .delay(seconds: Double(seed % 100) / 1000),
            .garble(seed: seed), .splitWrites(seed: seed), .double, .wrongSize(.value(byteCount)),
            .wrongSize(.value(-1)), .replyBytes(Array("+\r\n".utf8)), .pipeliningBroken, .deletesLost,
            .listing(.shuffled(seed: seed)), .listing(.repeated), .unstuffedDot,
        ]
        let hanging: [Fault] = [
            .stall, .stallAfterBytes(byteCount), .omitTerminator, .endlessLine, .endlessListing,
            .terminator(Array(".\n".utf8)), .drip(bytesPerSecond: 1 + Int(seed % 1000)),
        ]
        return (mayHang ? faults + hanging : faults).randomElement(using: &random)!
    }
}
