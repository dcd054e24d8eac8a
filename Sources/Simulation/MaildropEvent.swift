/// Something that sessions did to a message of a maildrop.
package struct MaildropEvent: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// The whole message was asked for, and written to its end.
        case retrieved
        /// DELE was answered with +OK.
        case marked
        /// The message is gone for good, by QUIT or by a hasty DELE.
        case deleted
    }

    package let kind: Kind
    package let message: SimulatedMessage
}
