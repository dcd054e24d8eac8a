import POP
import Testing

@Suite struct LimitsTests {
    static let limits = {
        var limits = Limits()
        limits.lineByteLimit = 16
        limits.capabilityLineLimit = 2
        limits.listingLineLimit = 3
        return limits
    }()

    @Test("by default are those of the documentation")
    func defaults() {
        #expect(Limits().lineByteLimit == 8192)
        #expect(Limits().capabilityLineLimit == 256)
        #expect(Limits().listingLineLimit == 10_000_000)
    }

    @Test(
        "let through what just fits",
        arguments: [
            ("+OK 4567890123\r\n", []), ("+OK 45678901234\n", []),
            ("+OK\r\n+OK\r\n1 2345678901234\n.\r\n", [[Command.list]]),
            ("+OK\r\n+OK\r\n1\r\n2\r\n3\r\n.\r\n", [[.uniqueIDs]]),
            ("+OK\r\n+OK\r\n1\r\n2\r\n.\r\n", [[.capabilities]]),
            ("+OK\r\n+OK\r\n" + String(repeating: "long", count: 99) + "\r\n.\r\n", [[.retrieve(SessionFixture.one)]]),
        ])
    func fits(stream: String, batches: [[Command]]) {
        for (name, pieces) in Pieces.variants(latin1(stream)) {
            var player = Player(batches, limits: Self.limits)
            player.play(pieces)
            #expect(player.error == nil && player.isFinished && player.unread.isEmpty, "\(name)")
        }
    }

    @Test(
        "have an error each",
        arguments: [
            ("+OK 45678901234\r\n", [], POPError.Code.lineTooLong(limit: 16)),
            ("+OK and no line end ever", [], .lineTooLong(limit: 16)),
            ("+OK\r\n+OK\r\n1 2345678901234\r\n", [[Command.list]], .lineTooLong(limit: 16)),
            ("+OK\r\n-ERR and no line end", [[.noop]], .lineTooLong(limit: 16)),
            ("+OK\r\n+OK\r\n1\r\n2\r\n3\r\n4\r\n", [[.uniqueIDs]], .listingTooLong(limit: 3)),
            ("+OK\r\n+OK\r\n1\r\n2\r\n3\r\n", [[.capabilities]], .listingTooLong(limit: 2)),
        ])
    func exceeded(stream: String, batches: [[Command]], code: POPError.Code) {
        for (name, pieces) in Pieces.variants(latin1(stream)) {
            var player = Player(batches, limits: Self.limits)
            player.play(pieces)
            #expect(player.error?.code == code, "\(name)")
        }
    }

    @Test("count the lines of each listing by itself")
    func listings() {
        let listing = "+OK\r\n1\r\n2\r\n3\r\n.\r\n"
        var player = Player([[.list, .uniqueIDs], [.list]], limits: Self.limits)
        player.feed(latin1("+OK\r\n" + listing + listing + listing))
        #expect(player.error == nil && player.isFinished)
    }
}
