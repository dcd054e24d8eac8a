import Archive
import Catalog
import Foundation
import Mail
import Platform
import Retrieval
import Simulation
import Testing

@testable import Drain
@testable import Manifest

/// An archive, and servers whose maildrops are drained into it.
final class Bench: Sendable {
    static let password = "geheim+p4ss wörd"

    let scratch = Scratch()
    var layout: ArchiveLayout { scratch.layout }
    private let caFile: String
    /// The command that plays a seed again, for the words of a failure.
    private let replay: String

    init(replay: String = "") throws {
        self.replay = replay
        // As the executable does: a peer that is gone is an error of the call, not the end of the process.
        Signals.ignoreBrokenPipes()
        caFile = scratch.path + "/ca.pem"
        try scratch.write("ca.pem", Array(Self.authority.pem.utf8))
    }

    private static let authority: SimulatedAuthority = {
        do { return try SimulatedAuthority() } catch { preconditionFailure("\(error)") }
    }()

    func manifest(_ accounts: [Account]) -> Manifest {
        Manifest(
            path: "test", archive: ArchiveSettings(path: layout.root), job: JobSettings(), accounts: accounts,
            warnings: [])
    }

    static func tls() throws -> SimulatedTransport { .implicitTLS(try authority.certificate()) }
    static func stls() throws -> SimulatedTransport { .stls(try authority.certificate()) }

    static func maildrop(_ contents: [[UInt8]], from start: Int = 0) -> SimulatedMaildrop {
        SimulatedMaildrop(
            password: password,
            messages: contents.enumerated().map {
                SimulatedMessage(uniqueID: "uid\(start + $0.offset)", content: .bytes($0.element))
            })
    }

    /// An account of a server, with time-outs that a test can wait for.
    func account(
        _ user: String, at server: SimulatedServer, _ tls: TLSMode = .none, name: String? = nil,
        password: String = password,
        deletion: DeletionPolicy = .never, deletionLimit: Int? = nil, seconds: Double = 20
    ) -> Account {
        var timeouts = Timeouts()
        timeouts.connect = .seconds(20)
        (timeouts.greeting, timeouts.reply) = (.seconds(seconds), .seconds(seconds))
        (timeouts.login, timeouts.stall) = (.seconds(seconds), .seconds(seconds))
        return Account(
            name: name ?? user, host: "127.0.0.1", port: server.port, tls: tls, allowCleartext: true,
            tlsPolicy: TLSPolicy(caFile: tls == .none ? nil : caFile), user: user, secret: .literal(Secret(password)),
            timeouts: timeouts,
            deletion: deletion, deletionLimit: deletionLimit,
            location: SourceLocation(file: "test", line: 1, column: 1))
    }

    /// One run.
    func drain(
        _ accounts: [Account], format: ArchiveFormat = .tar, volumeByteLimit: UInt64 = 1 << 20, parallel: Int = 4,
        retries: Int = 0, retryDelay: Duration = .milliseconds(10), loginInterval: Duration = .zero,
        stop: StopControl = StopControl(), observer: Watch = Watch(), sessionLimits: SessionLimits = SessionLimits()
    ) async throws -> RunReport {
        let archive = ArchiveSettings(
            path: layout.root, format: format, volumeByteLimit: volumeByteLimit, compression: .fast)
        let manifest = Manifest(
            path: "test", archive: archive,
            job: JobSettings(
                parallel: parallel, parallelPerHost: parallel, retries: retries, retryDelay: retryDelay,
                loginInterval: loginInterval),
            accounts: accounts, warnings: [])
        let report = try await Job(
            manifest, accounts: accounts, stop: stop, observer: observer, sessionLimits: sessionLimits
        ).run()
        for account in report.accounts {
            let result = account.result
            #expect(result.isBalanced, "\(result) \(replay)")
            for text in ["\(account.failure.map { "\($0)" } ?? "")", result.error ?? ""] {
                #expect(!text.contains(Self.password))
            }
        }
        for text in observer.texts { #expect(!text.contains(Self.password)) }
        return report
    }

    /// Checks that each account holds these messages, each once and byte for byte, and that nothing is damaged.
    func expect(_ expected: [String: [[UInt8]]], location: Testing.SourceLocation = #_sourceLocation) throws {
        try expectHeld(expected, location: location)
        try expectNothingTwice(location)
    }

    /// The same of an archive in which entries may be there twice, since it was repaired.
    func expectHeld(_ expected: [String: [[UInt8]]], location: Testing.SourceLocation = #_sourceLocation) throws {
        let reader = try ArchiveReader(layout)
        for (account, contents) in expected {
            var filter = MessageFilter()
            filter.accounts = [account]
            var found: [Digest] = []
            try reader.catalog.forEachMessage(filter) { found.append($0.digest) }
            let digests = contents.map { $0.withUnsafeBytes { Digest.of($0) } }
            #expect(found.count == Set(digests).count, "messages of \(account) \(replay)", sourceLocation: location)
            #expect(Set(found) == Set(digests), "messages of \(account) \(replay)", sourceLocation: location)
            for (digest, content) in zip(digests, contents) where found.contains(digest) {
                #expect(try reader.contents(of: digest) == content, "\(replay)", sourceLocation: location)
            }
        }
        let outcome = try Verification(layout, workerCount: 2).run(sample: 1)
        #expect(outcome.damages.isEmpty, "\(outcome.damages) \(replay)", sourceLocation: location)
        try expectNothingTwice(location)
    }

    /// No part and no list is stored twice.
    private func expectNothingTwice(_ location: Testing.SourceLocation) throws {
        var paths: Set<String> = []
        for number in try ArchiveFolder.volumeNumbers(layout) {
            let scanner = try VolumeScanner(layout, file: ArchiveLayout.volume(number))
            while let entry = try scanner.next() {
                #expect(paths.insert(entry.path).inserted, "\(entry.path) twice \(replay)", sourceLocation: location)
            }
        }
    }
}

/// Keeps what a run tells.
final class Watch: DrainObserver {
    private let kept = Lock<[String]>([])
    private let onEvent: @Sendable (DrainEvent) -> Void

    init(_ onEvent: @escaping @Sendable (DrainEvent) -> Void = { _ in }) { self.onEvent = onEvent }

    var texts: [String] { kept.withLock { $0 } }

    func handle(_ event: DrainEvent) {
        let text: String? =
            switch event {
            case .notice(let notice): notice
            case .messageFailed(let account, let number, let reason): "\(account) \(number): \(reason)"
            default: nil
            }
        if let text { kept.withLock { $0.append(text) } }
        onEvent(event)
    }
}

extension SimulatedServer {
    /// How many messages were asked for so far.
    var retrievedCount: Int { log.count { $0.hasPrefix("RETR") } }
}

extension [[UInt8]] {
    /// As a right client stores them.
    var transmitted: [[UInt8]] { map { SimulatedContent.bytes($0).transmittedForm() } }

    /// A few messages that share their bodies.
    static func letters(_ count: Int, from start: Int = 0, byteCount: Int = 3000) -> [[UInt8]] {
        (start..<start + count).map { number -> [UInt8] in
            let header = [UInt8]("From: ann@example.org\r\nSubject: letter \(number)\r\n\r\n".utf8)
            let body: [UInt8] = ArchiveBuilder.text(byteCount, seed: UInt64(number / 2 + 1))
            return header + body + [13, 10]
        }
    }
}
