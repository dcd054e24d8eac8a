/// A moment of a session at which something can go wrong.
package enum FaultPoint: Sendable, Equatable {
    /// Before a TLS handshake, implicit or by STLS. Faults without a reply apply: `delay`, `stall`, `closeBefore`.
    case handshake
    case greeting
    /// A command by its verb in capitals ("RETR"); with a message number only that one.
    case command(String, message: Int? = nil)
    /// A whole message is asked for, whatever its number: by RETR, or by TOP as fetchmail does.
    case transmission(uniqueID: String)
    case anyCommand

    func matches(_ event: FaultEvent) -> Bool {
        switch (self, event) {
        case (.handshake, .handshake), (.greeting, .greeting), (.anyCommand, .command): true
        case (.command(let verb, let message), .command(let actual, let number, _)):
            verb == actual && (message == nil || message == number)
        case (.transmission(let wanted), .command(_, _, let uniqueID?)): Array(wanted.utf8) == uniqueID
        default: false
        }
    }
}

/// A point reached.
enum FaultEvent {
    case handshake
    case greeting
    /// `message` is the first argument where it is a number; the unique-id is there where the whole message is asked for.
    case command(String, message: Int?, transmittedID: [UInt8]?)
}

/// Which of the matching events a rule takes, counted from 1.
package enum Occurrence: Sendable, Equatable {
    case every
    case only(Int)
    case upTo(Int)
    case from(Int)

    func contains(_ number: Int) -> Bool {
        switch self {
        case .every: true
        case .only(let wanted): number == wanted
        case .upTo(let last): number <= last
        case .from(let first): number >= first
        }
    }
}

/// One fault and when it strikes.
package struct FaultRule: Sendable, Equatable {
    package enum Scope: Sendable, Equatable {
        /// Occurrences count over the server's life.
        case server
        /// Occurrences count in each session anew.
        case session
    }

    package var point: FaultPoint
    package var occurrence: Occurrence
    package var scope: Scope
    /// Only after USER with this name; nil is any session.
    package var user: String?
    /// Only in the nth session of the server, from 1; nil is any.
    package var session: Int?
    package var fault: Fault

    package init(
        _ point: FaultPoint, _ fault: Fault, when occurrence: Occurrence = .every, per scope: Scope = .server,
        user: String? = nil, session: Int? = nil
    ) {
        self.point = point
        self.occurrence = occurrence
        self.scope = scope
        self.user = user
        self.session = session
        self.fault = fault
    }
}
