/// `terminator`: what ends the lines of a message on the wire, and so the message.
package enum Terminator: String, Sendable, CaseIterable {
    case crlf
    /// For servers that send LF alone.
    case lf
}
