import Archive
import Catalog
import GRDB
import Mail
import Manifest
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain

/// The maildrop of "ann" on a server as they are met in the field, and the archive that it is drained into.
struct FieldServer {
    let bench: Bench
    let server: SimulatedServer

    init(
        _ maildrop: SimulatedMaildrop, _ script: FaultScript = .none, transport: SimulatedTransport = .plain,
        capabilities: [String] = SimulatedServer.defaultCapabilities, afterLogin: [String]? = nil,
        habits: ServerHabits = ServerHabits(), replay: String = ""
    ) throws {
        bench = try Bench(replay: replay)
        server = try SimulatedServer(
            maildrops: ["ann": maildrop], script: script, transport: transport, capabilities: capabilities,
            capabilitiesAfterLogin: afterLogin, habits: habits)
    }

    init(
        _ mails: [[UInt8]], _ script: FaultScript = .none, capabilities: [String] = SimulatedServer.defaultCapabilities
    ) throws {
        try self.init(Bench.maildrop(mails), script, capabilities: capabilities)
    }

    func account(
        _ deletion: DeletionPolicy = .never, limit: Int? = nil, tls: TLSMode = .none, seconds: Double = 20
    ) -> Account {
        bench.account("ann", at: server, tls, deletion: deletion, deletionLimit: limit, seconds: seconds)
    }

    /// One run.
    func drain(
        _ deletion: DeletionPolicy = .never, limit: Int? = nil, tls: TLSMode = .none, retries: Int = 0,
        seconds: Double = 20, observer: Watch = Watch()
    ) async throws -> AccountReport {
        try await bench.drain(
            [account(deletion, limit: limit, tls: tls, seconds: seconds)], retries: retries, observer: observer
        ).accounts[0]
    }

    /// One run that archives all that is there.
    @discardableResult
    func drainWell(
        _ deletion: DeletionPolicy = .never, location: Testing.SourceLocation = #_sourceLocation
    ) async throws -> GroupRecord.Result {
        let report = try await drain(deletion)
        #expect(report.isComplete, "\(report)", sourceLocation: location)
        return report.result
    }

    /// Changes the messages for sessions to come.
    func change(_ body: (inout [SimulatedMessage]) -> Void) { server.mutateMaildrop("ann") { body(&$0.messages) } }

    /// Messages that are on the server now.
    var remaining: [SimulatedMessage] { server.maildrop("ann")?.messages ?? [] }

    /// Commands with this verb so far.
    func count(_ verb: String) -> Int { server.log.count { $0 == verb || $0.hasPrefix("\(verb) ") } }

    /// Checks that the archive holds these messages, each once and byte for byte.
    func expect(_ mails: [[UInt8]], location: Testing.SourceLocation = #_sourceLocation) throws {
        try bench.expect(["ann": mails.transmitted], location: location)
    }

    /// What the archive holds under a unique-id; `nil` where that is nothing, or several messages.
    func archived(_ uniqueID: String) throws -> [UInt8]? { try archived(Array(uniqueID.utf8)) }

    func archived(_ uniqueID: [UInt8]) throws -> [UInt8]? {
        let reader = try ArchiveReader(bench.layout)
        guard let message = try reader.catalog.archivedMessage(uniqueID: uniqueID, account: "ann") else { return nil }
        return try reader.contents(of: message.digest)
    }

    /// Checks that no unique-id stands for another message than on the server.
    func expectNames(_ messages: [SimulatedMessage], location: Testing.SourceLocation = #_sourceLocation) throws {
        let catalog = try Catalog(bench.layout, .read)
        for message in messages {
            guard let held = try catalog.archivedMessage(uniqueID: message.uniqueID, account: "ann") else { continue }
            let digest = message.content.transmittedForm().withUnsafeBytes { Digest.of($0) }
            #expect(
                held.digest == digest, "\(String(decoding: message.uniqueID, as: UTF8.self))", sourceLocation: location)
        }
    }
}

extension [[UInt8]] {
    /// Mails that can be known again by their headers, of different sizes unless they are to be equal.
    static func mails(_ count: Int, from start: Int = 0, byteCount: Int = 500, isEqual: Bool = false) -> [[UInt8]] {
        (start..<start + count).map { number in
            let digits = String(10_000 + number).dropFirst()
            let header = """
                Received: from a.example by b.example; Sat, 22 Nov 2025 10:00:00 +0000\r
                Message-ID: <\(digits)@example.org>\r
                Subject: mail \(digits)\r
                \r

                """
            let size = isEqual ? byteCount : byteCount + 2 + number * 7 % 1009
            return [UInt8](header.utf8) + ArchiveBuilder.text(size, seed: UInt64(number + 1))
        }
    }
}

extension FieldServer {
    /// Deletions that no listing has confirmed yet.
    func requestedDeletions() throws -> Int {
        try Catalog(bench.layout, .read).database.read { database in
            try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM deletions WHERE state = 1") ?? 0
        }
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Lock(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
