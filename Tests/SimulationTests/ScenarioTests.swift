import Simulation
import Testing

@Suite(.timeLimit(.minutes(5))) struct ScenarioTests {
    @Test("names are unique, and words of small letters")
    func names() {
        let names = Scenario.all.map(\.name)
        #expect(names.count >= 12)
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil) }
    }

    @Test("no two messages of a scenario are alike", arguments: Scenario.all.map(\.name))
    func contents(name: String) throws {
        let digests = try Self.scenario(name).everyMessage.map { $0.content.transmittedSHA256() }
        #expect(Set(digests).count == digests.count)
    }

    @Test("rules speak of messages that are there", arguments: Scenario.all.map(\.name))
    func rules(name: String) throws {
        let scenario = try Self.scenario(name)
        let uniqueIDs = scenario.messages.map { String(decoding: $0.uniqueID, as: UTF8.self) }
        for rule in scenario.script.rules {
            guard case .transmission(let uniqueID) = rule.point else { continue }
            #expect(uniqueIDs.contains(uniqueID))
        }
    }

    @Test(
        "a script shows itself in a session that asks for everything",
        arguments: Scenario.all.filter { !$0.script.rules.isEmpty }.map(\.name))
    func scripts(name: String) throws {
        let scenario = try Self.scenario(name)
        #expect(try Self.session(scenario, scenario.script) != Self.session(scenario, .none))
    }

    @Test("a scenario without a script has changes, or odd mail")
    func scriptless() {
        let scriptless = Scenario.all.filter { $0.script.rules.isEmpty && $0.changes.isEmpty }
        #expect(scriptless.map(\.name) == ["bare-lf-dot", "megabyte-lines", "sizes-small"])
        let dots = scriptless[0].messages.map { $0.content.transmittedForm() }
        #expect(dots[1].ranges(of: Array("o\n.\nt".utf8)).count == 1)
        #expect(dots[3].ranges(of: Array("o\n.\r\nt".utf8)).count == 1)
        for message in [scriptless[1].messages[1], scriptless[1].messages[3]] {
            let lines = message.content.transmittedForm().split(separator: 0x0a)
            #expect(lines.contains { $0.count > 1_000_000 })
        }
        for message in scriptless[2].messages { #expect(message.listedSize! < message.content.transmittedByteCount) }
    }

    private static func scenario(_ name: String) throws -> Scenario {
        try #require(Scenario.all.first { $0.name == name })
    }

    /// What a session that deletes everything hears, and what it leaves behind: as much as comes in a short time.
    private static func session(_ scenario: Scenario, _ script: FaultScript) throws -> [[UInt8]] {
        let server = try SimulatedServer(
            maildrops: ["ann": SimulatedMaildrop(password: "secret word", messages: scenario.messages)], script: script)
        let client = RawClient(holding: server, timeoutSeconds: 0.5)
        client.send("USER ann\r\nPASS secret word\r\nSTAT\r\nLIST\r\nUIDL\r\n")
        for number in 1...scenario.messages.count { client.send("RETR \(number)\r\nDELE \(number)\r\n") }
        client.send("QUIT\r\n")
        let heard = client.rest(atLeast: 8_000_000)
        server.stop()
        return [heard] + server.maildrop("ann")!.messages.map(\.uniqueID)
    }
}
