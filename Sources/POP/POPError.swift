/// A server that does not speak the protocol as RFC 1939 has it. After it the session cannot go on.
package struct POPError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        /// A line went on beyond the limit, in bytes.
        case lineTooLong(limit: Int)
        /// A listing went on beyond the limit, in lines.
        case listingTooLong(limit: Int)
        /// A line where `+OK` or `-ERR` was due.
        case notAReply
        /// Bytes that no command asked for.
        case unsolicited
        /// Replies and commands do not belong together any more.
        case outOfStep
        /// A command that was sent behind another one, as PIPELINING allows, got no answer.
        case lostCommand
        /// A line of LIST or UIDL without a message number.
        case malformedListing
        /// The greeting of another protocol.
        case wrongService(String)
        /// The stream ended where the greeting was due: the server is busy, or is none.
        case endedBeforeGreeting
        /// The stream ended where a reply was due, or inside one.
        case endedInsideReply
    }

    package let code: Code
    /// What the server sent, escaped and shortened. Never a secret: servers that echo a command get it masked.
    package let received: String

    package init(_ code: Code, received: some Collection<UInt8> = [], mask: EchoMask? = nil) {
        self.code = code
        self.received = UntrustedText.escaped(mask?.masked(received) ?? Array(received), characterLimit: 80)
    }

    package var description: String {
        switch code {
        case .lineTooLong(let limit):
            "the server sent a line of more than \(limit) bytes where a reply was due: it may not be a POP3 server"
        case .listingTooLong(let limit):
            "the server's listing has more than \(limit) lines"
        case .notAReply:
            "the server answered with something that is not a POP3 reply: \"\(received)\""
        case .unsolicited:
            "the server sent bytes that no command asked for: \"\(received)\""
        case .outOfStep:
            "the server's replies do not belong to the commands any more: \"\(received)\""
        case .lostCommand:
            "the server never answered \(received), which was sent behind another command as its PIPELINING allows"
        case .malformedListing:
            "the server sent a listing line without a message number: \"\(received)\""
        case .wrongService(let name):
            "this is \(name), not a POP3 server: check `host` and `port` (POP3S is 995, POP3 with STLS is 110)"
        case .endedBeforeGreeting:
            "the server closed the connection without a greeting: it may have too many connections from here already"
        case .endedInsideReply:
            "the connection ended in the middle of a reply"
        }
    }
}
