import Catalog
import Mail
import Manifest
import Simulation
import Testing

@testable import Drain

/// A maildrop and its server by seed, and what the archive must hold in the end.
struct RandomWorld: CustomStringConvertible {
    private let field: FieldServer
    private let script: FaultScript
    private let deletion: DeletionPolicy
    private let replay: String
    private let isEqual: Bool
    private let isSecure: Bool
    /// Contents that the archive must hold in the end.
    private var expected: Set<[UInt8]>
    /// Everything that ever was on the server.
    private var messages: [SimulatedMessage]
    private var random: SeededRandom

    /// - Parameter replay: stands in the words of a failure.
    init(_ seed: UInt64, _ deletion: DeletionPolicy, replay: String) throws {
        (self.deletion, self.replay) = (deletion, replay)
        random = SeededRandom(seed: seed &* 2 &+ (deletion == .never ? 0 : 1))
        isEqual = seed % 3 == 0
        isSecure = seed % 6 == 2
        let mails = Self.mails(Int.random(in: 1...14, using: &random), isEqual: isEqual, using: &random)
        expected = Set(mails)
        var maildrop = Bench.maildrop(mails)
        if seed % 4 == 1 { Self.spoilNames(of: &maildrop, using: &random) }
        messages = maildrop.messages
        script = Self.script(using: &random)
        var habits = ServerHabits()
        habits.refusesExtraSpaces = true
        field = try FieldServer(
            maildrop, script, transport: isSecure ? Bench.tls() : .plain,
            capabilities: seed % 5 == 0 ? ["UIDL", "TOP"] : SimulatedServer.defaultCapabilities, habits: habits,
            replay: replay)
    }

    /// Short mails, half of them with lines of a dot, sometimes one of them twice.
    private static func mails(_ count: Int, isEqual: Bool, using random: inout SeededRandom) -> [[UInt8]] {
        var mails = [[UInt8]].mails(count, byteCount: 200, isEqual: isEqual)
        for index in mails.indices where !isEqual && random.next() % 2 == 0 {
            mails[index] += Array("dots\r\n.\r\nand more\r\n".utf8)
        }
        if random.next() % 3 == 0 { mails.append(mails[0]) }
        return mails
    }

    /// Some unique-ids are empty or the same.
    private static func spoilNames(of maildrop: inout SimulatedMaildrop, using random: inout SeededRandom) {
        for index in maildrop.messages.indices where random.next() % 3 == 0 {
            maildrop.messages[index].uniqueID = random.next() % 2 == 0 ? [] : Array("same".utf8)
        }
    }

    private static func script(using random: inout SeededRandom) -> FaultScript {
        var script = FaultScript.random(
            seed: random.next(), ruleCount: Int.random(in: 1...5, using: &random), mayHang: random.next() % 4 == 0)
        for index in script.rules.indices {
            // Bytes of a body that change on their way are the network's, which has checksums for them.
            if case .garble = script.rules[index].fault, script.rules[index].point == .command("RETR") {
                script.rules[index].fault = .double
            }
            if case .only(let nth) = script.rules[index].occurrence {
                script.rules[index].occurrence = .only((nth - 1) % 16 + 1)
            }
        }
        for verb in ["RETR", "DELE", "TOP", "UIDL", "QUIT"] where random.next() % 6 == 0 {
            let nth = Int.random(in: 1...8, using: &random)
            script.rules.append(FaultRule(.command(verb), .replyBytes([]), when: .only(nth)))
        }
        return script
    }

    func drain(seconds: Double) async throws -> AccountReport {
        try await field.drain(deletion, tls: isSecure ? .implicit : .none, retries: 2, seconds: seconds)
    }

    /// New mail, other unique-ids, or a unique-id that is given to another message, as between two runs.
    mutating func change() throws {
        let held = try held()
        let new = [[UInt8]].mails(4, from: 100, byteCount: 200, isEqual: isEqual)
        let kind = random.next() % 4
        var added: [SimulatedMessage] = []
        var replaced: [UInt8]?
        field.change { remaining in
            switch kind {
            case 0: break
            case 1:
                for index in remaining.indices { remaining[index].uniqueID = Array("other\(index)".utf8) }
                added = remaining
            case 2 where !isEqual && !remaining.isEmpty:
                // Of another size: one of the same size cannot be told from the old one.
                replaced = remaining[0].content.transmittedForm()
                remaining[0].content = .bytes(new[0] + Array("another\r\n".utf8))
                added = [remaining[0]]
            default:
                added = new.enumerated().map {
                    SimulatedMessage(uniqueID: "new\($0.offset)", content: .bytes($0.element))
                }
                remaining += added
            }
        }
        messages += added
        if let replaced, !held.contains(Self.digest(replaced)), !remaining().contains(Self.digest(replaced)) {
            expected.remove(replaced)
        }
        expected.formUnion(added.map { $0.content.transmittedForm() })
    }

    // MARK: - What must hold

    /// After each run: what is held is true, and what is not held is on the server.
    func check() throws {
        let held = try held()
        let known = Set(messages.map { Self.digest($0.content.transmittedForm()) })
        let isAltered = !held.isSubset(of: known)
        try #require(!isAltered, "altered: \(replay)")
        let remaining = remaining()
        for content in expected {
            let digest = Self.digest(content)
            try #require(remaining.contains(digest) || held.contains(digest), "lost: \(replay)")
        }
        for event in field.server.events("ann") where event.kind == .deleted {
            let digest = Self.digest(event.message.content.transmittedForm())
            try #require(held.contains(digest), "deleted and not archived: \(replay)")
        }
        try checkNames()
    }

    /// No unique-id stands for a message that never had it.
    private func checkNames() throws {
        guard let catalog = try? Catalog(field.bench.layout, .read) else { return }
        for (name, messages) in Dictionary(grouping: messages, by: \.uniqueID) where !name.isEmpty {
            guard let message = try catalog.archivedMessage(uniqueID: name, account: "ann") else { continue }
            let contents = Set(messages.map { Self.digest($0.content.transmittedForm()) })
            let text = String(decoding: name, as: UTF8.self)
            try #require(contents.contains(message.digest), "\(text) mixed up: \(replay)")
        }
    }

    /// Whether all is deleted that should be. What has no unique-id of its own goes only in the session that received it.
    var isEmptied: Bool {
        let names = Dictionary(grouping: messages, by: \.uniqueID)
        return deletion == .never || field.remaining.allSatisfy { $0.uniqueID.isEmpty || names[$0.uniqueID]!.count > 1 }
    }

    /// After the last run: all is archived, byte for byte.
    func checkEnd(isDone: Bool) throws {
        try #require(isDone, "never complete: \(replay)")
        try field.expect(Array(expected))
    }

    private func held() throws -> Set<Digest> {
        guard let catalog = try? Catalog(field.bench.layout, .read) else { return [] }
        var held: Set<Digest> = []
        try catalog.forEachMessage(MessageFilter()) { held.insert($0.digest) }
        return held
    }

    private func remaining() -> Set<Digest> {
        Set(field.remaining.map { Self.digest($0.content.transmittedForm()) })
    }

    private static func digest(_ content: [UInt8]) -> Digest { content.withUnsafeBytes { Digest.of($0) } }

    /// The script and what came of it.
    var description: String {
        let rules = script.rules.map { "  \($0.point) \($0.occurrence): \($0.fault)" }
        let sessions = (0..<field.server.sessionCount).map {
            "  \($0 + 1): " + field.server.log(ofSession: $0 + 1).joined(separator: ", ")
        }
        return "deletion \(deletion)\n" + (rules + sessions).joined(separator: "\n")
    }
}
