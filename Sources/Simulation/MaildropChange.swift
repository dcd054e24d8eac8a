/// What happens to a maildrop between sessions, and not by the client.
package enum MaildropChange: Sendable, Equatable {
    /// New mail, behind all others.
    case arrive([SimulatedMessage])
    /// Another client deletes the messages with this unique-id.
    case vanish(uniqueID: String)
    /// A move to another host: every unique-id gets this before it.
    case renumber(prefix: String)
}

extension SimulatedMaildrop {
    package mutating func apply(_ change: MaildropChange) {
        switch change {
        case .arrive(let arrived): messages += arrived
        case .vanish(let uniqueID): messages.removeAll { $0.uniqueID == Array(uniqueID.utf8) }
        case .renumber(let prefix):
            for index in messages.indices { messages[index].uniqueID.insert(contentsOf: prefix.utf8, at: 0) }
        }
    }
}
