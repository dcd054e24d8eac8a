import Foundation
import Mail
import Simulation

/// A scenario on a server, stage after stage as the standard input asks for them, and what came of it.
struct ScenarioPlay {
    static let user = ServerKind.user(0)

    private let scenario: Scenario
    private let server: SimulatedServer

    init(_ scenario: Scenario, on server: SimulatedServer) {
        self.scenario = scenario
        self.server = server
    }

    func run() throws {
        var stages = scenario.changes.enumerated().makeIterator()
        while readLine() != nil {
            guard let (index, changes) = stages.next() else { throw BenchmarkError("there is no further stage") }
            server.mutateMaildrop(Self.user) { maildrop in
                for change in changes { maildrop.apply(change) }
            }
            print(index + 2)
            fflush(nil)
        }
        server.stop()
        let events = server.events(Self.user)
        for message in scenario.everyMessage { print(try MessageOutcome(message, events).jsonLine()) }
    }
}

/// What sessions did to one message, known by its content.
private struct MessageOutcome: Encodable {
    let uniqueID: String
    /// Of the transmitted form, unstuffed.
    let sha256: String
    /// The same of the message with LF in place of every CRLF, as Unix programs keep it.
    let unixSHA256: String
    let size: Int64
    /// Replies to RETR that were sent to their end.
    var retrieved = 0
    /// DELE commands that were answered with +OK.
    var marked = 0
    /// Whether a session removed it for good.
    var isDeleted = false

    init(_ message: SimulatedMessage, _ events: [MaildropEvent]) {
        uniqueID = String(decoding: message.uniqueID, as: UTF8.self)
        let transmitted = message.content.transmittedForm()
        sha256 = transmitted.withUnsafeBytes { Digest.of($0).hex }
        unixSHA256 = transmitted.replacing([0x0d, 0x0a], with: [0x0a]).withUnsafeBytes { Digest.of($0).hex }
        size = message.content.transmittedByteCount
        for event in events where event.message.content == message.content {
            switch event.kind {
            case .retrieved: retrieved += 1
            case .marked: marked += 1
            case .deleted: isDeleted = true
            }
        }
    }

    func jsonLine() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
