import ArgumentParser
import Foundation
import Simulation

struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serves generated mail on a loopback port, which it prints, until its standard input ends.")

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

    func run() throws {
        var transport = SimulatedTransport.plain
        if let caFile {
            let certificate = try SimulatedCertificate.issue()
            try certificate.authorityPEM.write(toFile: caFile, atomically: true, encoding: .utf8)
            transport = .implicitTLS(certificate)
        }
        let server = try SimulatedServer(
            maildrops: kind.maildrops(accounts: accounts, seed: seed, byteCount: megabytes * 1_000_000),
            script: kind.script, transport: transport)
        print(server.port)
        fflush(nil)
        while readLine() != nil {}
        server.stop()
    }
}
