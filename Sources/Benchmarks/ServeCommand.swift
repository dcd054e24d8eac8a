import ArgumentParser
import Foundation
import Simulation

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves generated mail on a loopback port, which it prints, until its standard input ends.",
        discussion: """
            With --scenario a line on the standard input begins the next stage of the scenario, and is answered with the \
            stage's number. After the end of the input there is one line of JSON for each message that the maildrop of \
            user0 ever held: its digest and size as a right client stores it, and what sessions did to it.
            """)

    @Option(name: .long, help: "What the maildrops hold: \(ServerKind.allCases.map(\.rawValue)).")
    var kind = ServerKind.mail

    @Option(name: .long, help: "Maildrops: user0, user1 and so on, the password is \(ServerKind.password).")
    var accounts = 8

    @Option(name: .long, help: "Millions of bytes of mail, where the kind leaves it open.")
    var megabytes = 96

    @Option(name: .long, help: "The seed of the mail.")
    var seed: UInt64 = 1939

    @Option(name: .long, help: "Speaks TLS from the first byte and writes its authority to this PEM file.")
    var caFile: String?

    @Option(name: .long, help: "Misbehaves as this scenario says, with its maildrop in place of generated ones.")
    var scenario: Scenario?

    @Flag(name: .long, help: "Lists the scenarios, and how many stages they have and what they run over.")
    var listScenarios = false

    func validate() throws {
        switch (scenario?.wire, caFile) {
        case (.clear, .some): throw ValidationError("\(scenario!.name) is played in the clear: leave --ca-file out")
        case (.tls, nil): throw ValidationError("\(scenario!.name) is played over TLS: give --ca-file")
        default: break
        }
    }

    func run() throws {
        if listScenarios { return Scenario.all.forEach { print($0.listLine) } }
        let server = try server()
        print(server.port)
        fflush(nil)
        if let scenario {
            try ScenarioPlay(scenario, on: server).run()
        } else {
            while readLine() != nil {}
        }
        server.stop()
    }

    private func server() throws -> SimulatedServer {
        var transport = SimulatedTransport.plain
        if let caFile {
            let certificate = try SimulatedCertificate.issue()
            try certificate.authorityPEM.write(toFile: caFile, atomically: true, encoding: .utf8)
            transport = .implicitTLS(certificate)
        }
        if let scenario {
            let maildrop = SimulatedMaildrop(password: ServerKind.password, messages: scenario.messages)
            return try SimulatedServer(
                maildrops: [ScenarioPlay.user: maildrop], script: scenario.script, transport: transport)
        }
        return try SimulatedServer(
            maildrops: kind.maildrops(accounts: accounts, seed: seed, byteCount: megabytes * 1_000_000),
            script: kind.script, transport: transport)
    }
}

extension Scenario: ExpressibleByArgument {
    package init?(argument: String) {
        guard let scenario = Self.all.first(where: { $0.name == argument }) else { return nil }
        self = scenario
    }

    fileprivate var listLine: String { "\(name)\t\(changes.count + 1)\t\(wire.rawValue)\t\(summary)" }
}
