import Simulation
import Testing

@Suite(.timeLimit(.minutes(2))) struct MaildropEventTests {
    private func events(_ server: SimulatedServer) -> [String] {
        server.events("ann").map { "\($0.kind) \(String(decoding: $0.message.uniqueID, as: UTF8.self))" }
    }

    @Test("tells what sessions retrieved, marked and deleted")
    func wholeSession() throws {
        let server = try Sample.server()
        let client = Sample.loggedIn(server)
        for command in ["RETR 1", "TOP 2 99999999", "TOP 3 0"] {
            _ = client.ask(command)
            _ = client.body()
        }
        for command in ["DELE 1", "DELE 2", "DELE 2", "RETR 9"] { _ = client.ask(command) }
        #expect(events(server) == ["retrieved id1", "retrieved id2", "marked id1", "marked id2"])
        _ = client.ask("QUIT")
        #expect(events(server).suffix(2) == ["deleted id1", "deleted id2"])
    }

    @Test("a reply that was cut off is no retrieval, and a lost deletion none")
    func faults() throws {
        let server = try Sample.server([
            FaultRule(.command("RETR", message: 1), .closeAfterBytes(20, how: .fin)),
            FaultRule(.command("QUIT"), .deletesLost),
        ])
        let first = Sample.loggedIn(server)
        first.send("RETR 1\r\n")
        _ = first.rest()
        let second = Sample.loggedIn(server)
        _ = second.ask("DELE 1")
        _ = second.ask("QUIT")
        #expect(events(server) == ["marked id1"])
    }

    @Test("a hasty deletion counts at once")
    func hasty() throws {
        let server = try Sample.server([FaultRule(.command("DELE"), .deleteAtOnce)])
        let client = Sample.loggedIn(server)
        _ = client.ask("DELE 2")
        #expect(events(server) == ["marked id2", "deleted id2"])
    }
}
