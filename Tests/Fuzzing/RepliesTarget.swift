import POP

/// A session sees the same in a stream however its bytes arrive: replies, listings and bodies in their order, the same
/// error at the same place, and nothing behind the last reply.
///
/// The first line of the input is what is sent, a letter for each command and a space between batches; what follows is
/// what the server sends.
enum RepliesTarget {
    static func check(_ input: [UInt8]) {
        let script = input.prefix { $0 != 10 }
        let stream = Array(input.dropFirst(script.count + 1))
        let batches = batches(script)
        var expected: SessionDriver.Outcome?
        for arrival in Arrival.all(of: stream) {
            var driver = SessionDriver(batches)
            for piece in arrival.pieces { driver.feed(piece) }
            let outcome = driver.outcome
            let isSame = outcome == expected ?? outcome
            holds(isSame, "the pieces do not matter: \(outcome), not \(String(describing: expected))")
            expected = outcome
        }
        if let expected { check(expected, stream) }
    }

    private static func check(_ outcome: SessionDriver.Outcome, _ stream: [UInt8]) {
        for seen in outcome.seen {
            switch seen {
            case .greeting(let reply), .reply(_, let reply):
                checkShown(reply.displayText)
                holds((MaildropStatus(reply)?.messageCount ?? 0) >= 0, "a maildrop has no negative count")
            case .line(.list, let line):
                guard let listing = line.withUnsafeBytes({ try? ScanListing(line: $0) }) else { continue }
                holds(listing.number.value > 0, "messages are numbered from 1")
            case .line(.uniqueIDs, let line):
                guard let listing = line.withUnsafeBytes({ try? UniqueIDListing(line: $0) }) else { continue }
                holds(listing.number.value > 0, "messages are numbered from 1")
                let ends = [listing.uniqueID.bytes.first, listing.uniqueID.bytes.last]
                holds(!ends.contains(9) && !ends.contains(32), "no blanks stand around a unique-id")
                checkShown(listing.uniqueID.description)
            case .line(_, let line):
                var capabilities = Capabilities()
                line.withUnsafeBytes { capabilities.add(line: $0) }
                for name in capabilities.names { checkShown(name) }
                checkShown(capabilities.implementation ?? "")
            case .body(let start, let end, let message):
                let (expected, length) = NaiveUnstuffer.read(Array(stream[start...]))
                holds(message == expected, "a body is what RFC 1939 makes of it")
                holds(end == length.map { start + $0 }, "a body ends at its terminator")
            case .end, .challenge: break
            }
        }
        if let error = outcome.error { checkShown(error) }
    }

    /// What a server said may be printed.
    static func checkShown(_ text: String) {
        let isSafe = text.unicodeScalars.allSatisfy {
            ![.control, .format, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
        }
        holds(isSafe, "what a server said is safe to print")
    }

    private static func batches(_ script: ArraySlice<UInt8>) -> [[Command]] {
        script.prefix(40).split(separator: UInt8(ascii: " ")).map { $0.compactMap(command) }.filter { !$0.isEmpty }
    }

    private static func command(_ letter: UInt8) -> Command? {
        let number = MessageNumber(1)
        return switch Character(Unicode.Scalar(letter)) {
        case "C": .capabilities
        case "V": .startTLS
        case "U": .user(Array("ann".utf8))
        case "P": .pass(SecretBytes(copying: "secret".utf8))
        case "A": .authenticate("PLAIN", initialResponse: SecretBytes(copying: "AGFubgBzZWNyZXQ=".utf8))
        case "O": .apop(Array("ann".utf8), digest: Array("c4c9".utf8))
        case "S": .stat
        case "L": .list
        case "I": .uniqueIDs
        case "R": .retrieve(number)
        case "T": .top(number, lines: 3)
        case "D": .delete(number)
        case "N": .noop
        case "Z": .scan(number)
        case "Q": .quit
        default: nil
        }
    }
}
