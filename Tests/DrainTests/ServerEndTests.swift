import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

/// Servers that close in the middle: nothing is lost, nothing doubled, and the next run completes.
@Suite(.timeLimit(.minutes(10))) struct ServerEndTests {
    struct Point: Sendable, CustomTestStringConvertible {
        let name: String
        let rule: FaultRule
        /// Messages that are archived before the end.
        let archived: ClosedRange<Int>
        var testDescription: String { name }
    }

    private static let letters = [[UInt8]].letters(6)

    /// Every point of the session, and every way to end it.
    static let points: [Point] = [ConnectionEnding.fin, .rst, .tlsCloseNotify].flatMap { how in
        let session: [(String, FaultPoint, ClosedRange<Int>)] = [
            ("greeting", .greeting, 0...0), ("CAPA", .command("CAPA"), 6...6), ("USER", .command("USER"), 0...0),
            ("PASS", .command("PASS"), 0...0), ("STAT", .command("STAT"), 0...0), ("UIDL", .command("UIDL"), 0...0),
            ("LIST", .command("LIST"), 0...0),
        ]
        var points = session.flatMap { name, point, archived in
            [
                Point(
                    name: "\(name), \(how)", rule: FaultRule(point, .closeBefore(how), when: .only(1)),
                    archived: archived),
                Point(
                    name: "\(name) after 2 bytes, \(how)",
                    rule: FaultRule(point, .closeAfterBytes(2, how: how), when: .only(1)), archived: archived),
            ]
        }
        for verb in ["CAPA", "UIDL", "LIST"] {
            let rule = FaultRule(.command(verb), .closeAfterBytes(20, how: how), when: .only(1))
            // A server that closes at CAPA is called again without.
            let archived = verb == "CAPA" ? 6...6 : 0...0
            points.append(Point(name: "\(verb) after 20 bytes, \(how)", rule: rule, archived: archived))
        }
        // A reset may destroy what was sent before it; and messages of one size wait for the end of the pipeline.
        let before = 0...3
        let status = "+OK \(letters[3].count) octets\r\n".utf8.count
        let whole = status + letters[3].count + 3
        for count in [0, 2, status - 1, status, status + 40, whole - 5, whole - 3, whole - 2, whole - 1] {
            let rule = FaultRule(
                .command("RETR", message: 4), .closeAfterBytes(Int64(count), how: how), when: .only(1))
            points.append(
                Point(name: "message 4 after \(count) of \(whole) bytes, \(how)", rule: rule, archived: before))
        }
        let all = how == .rst ? 0...6 : 6...6
        points.append(
            Point(
                name: "QUIT, \(how)", rule: FaultRule(.command("QUIT"), .closeBefore(how), when: .only(1)),
                archived: all))
        return points
    }

    @Test("loses and doubles nothing when the server closes", arguments: points, [false, true])
    func closing(point: Point, isTLS: Bool) async throws {
        let bench = try Bench()
        let letters = Self.letters
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters)], script: [point.rule],
            transport: isTLS ? try Bench.tls() : .plain)
        let accounts = [bench.account("ann", at: server, isTLS ? .implicit : .none)]
        let first = try await bench.drain(accounts)
        let result = first.accounts[0].result
        #expect(point.archived.contains(result.archived), "\(result)")
        #expect(first.fatal == nil)
        if result.archived < 6 {
            let failure = try #require(first.accounts[0].failure)
            #expect(failure.kind == .retry, "\(failure)")
            #expect(
                failure.description.contains("clos") || failure.description.contains("end")
                    || failure.description.contains("reset"), "\(failure)")
        }
        try bench.expect(["ann": Array(letters[..<result.archived])])
        let second = try await bench.drain(accounts)
        #expect(second.isComplete, "\(second.accounts)")
        #expect(second.accounts[0].result.alreadyArchived == result.archived)
        try bench.expect(["ann": letters])
    }
}
