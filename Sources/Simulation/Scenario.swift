/// A named way in which a server misbehaves: what it holds, what goes wrong, and what happens to the maildrop between
/// two runs of a client. No two messages of a scenario have the same content.
package struct Scenario: Sendable {
    /// How a client must reach the server for the scenario to be what it is.
    package enum Wire: String, Sendable {
        case any
        case clear
        case tls
    }

    package let name: String
    /// What the server does.
    package let summary: String
    package let messages: [SimulatedMessage]
    package let script: FaultScript
    /// Each begins after a client has done what it can with the stage before; the first begins without a change.
    package let changes: [[MaildropChange]]
    package let wire: Wire

    init(
        _ name: String, _ summary: String, messages: [SimulatedMessage] = .numbered(1...6), script: FaultScript = .none,
        changes: [[MaildropChange]] = [], wire: Wire = .any
    ) {
        self.name = name
        self.summary = summary
        self.messages = messages
        self.script = script
        self.changes = changes
        self.wire = wire
    }

    package static let all = endings + bodies + listings + uniqueIDs + sessions + floods

    /// Every message that the maildrop ever holds.
    package var everyMessage: [SimulatedMessage] {
        changes.joined().reduce(into: messages) { messages, change in
            if case .arrive(let arrived) = change { messages += arrived }
        }
    }
}

extension [SimulatedMessage] {
    /// Messages of some kilobytes, made from their numbers, with the unique-ids "id1", "id2" and so on.
    static func numbered(_ numbers: ClosedRange<Int>) -> [SimulatedMessage] {
        numbers.map { number in
            SimulatedMessage(
                uniqueID: "id\(number)",
                content: .generated(seed: UInt64(number), byteCount: 2_000 + Int64(number * 1_371 % 9_000)))
        }
    }

    /// The same messages with these unique-ids.
    func with(uniqueIDs: [[UInt8]]) -> [SimulatedMessage] {
        zip(self, uniqueIDs).map { message, uniqueID in
            var message = message
            message.uniqueID = uniqueID
            return message
        }
    }
}
