/// What goes wrong at a point of the session.
///
/// Faults of one point add up where they can. Unless said otherwise the command has its effect (a DELE marks, a QUIT
/// removes) and only its reply suffers.
package enum Fault: Sendable, Equatable {
    // Instead of the command: it has no effect.

    /// Answers this line (CRLF is added) and does nothing: a refusal.
    case replyText(String)
    /// Closes instead of answering.
    case closeBefore(ConnectionEnding)
    /// Says nothing more until the peer goes.
    case stall
    /// "+OK " and a line that never ends.
    case endlessLine
    /// The status line, and then lines for ever.
    case endlessListing
    /// The command is unknown; given for every occurrence, CAPA does not tell it either.
    case missing

    // When

    /// Waits before it answers.
    case delay(seconds: Double)

    // The reply on its way

    /// These bytes in place of the reply.
    case replyBytes([UInt8])
    /// Closes after this many bytes of the reply, 0 to nearly all; a shorter reply goes out whole before the close.
    case closeAfterBytes(Int64, how: ConnectionEnding)
    /// Says nothing more after this many bytes of the reply, until the peer goes.
    case stallAfterBytes(Int64)
    /// Sends slowly.
    case drip(bytesPerSecond: Int)
    /// Changes the first byte and about one in sixteen others.
    case garble(seed: UInt64)
    /// Sends in pieces of 1 to 16 bytes, each a segment of its own.
    case splitWrites(seed: UInt64)
    /// Sends the reply twice.
    case double

    // The reply's form

    /// A multi-line reply without its last line.
    case omitTerminator
    /// The last line of a multi-line reply in another form, such as a dot and a bare LF.
    case terminator([UInt8])
    /// The message is not byte-stuffed: a line of a dot in it ends the reply for the client.
    case unstuffedDot
    /// STAT, LIST and RETR tell another size.
    case wrongSize(SizeLie)
    /// Lines of LIST and UIDL in a form that servers in the field use.
    case listing(ListingForm)

    // The session

    /// Clear bytes behind the reply to STLS, in the same write.
    case injectAfterSTLS([UInt8])
    /// Commands that were sent behind this one without waiting for its reply are lost.
    case pipeliningBroken
    /// DELE takes effect at once, without QUIT.
    case deleteAtOnce
    /// QUIT answers +OK and removes nothing.
    case deletesLost
}

/// How a told size differs from the transmitted one.
package enum SizeLie: Sendable, Equatable {
    case value(Int64)
    case plus(Int64)
    /// Rounded up to a multiple.
    case roundedUp(to: Int64)

    func size(of size: Int64) -> Int64 {
        switch self {
        case .value(let value): value
        case .plus(let difference): size &+ difference
        case .roundedUp(let unit): (size + unit - 1) / unit * unit
        }
    }
}

/// The form of a multi-line listing.
package enum ListingForm: Sendable, Equatable {
    /// This before every line, such as "+OK ".
    case prefixed(String)
    /// This between the fields in place of one space.
    case separated(String)
    /// Lines out of order.
    case shuffled(seed: UInt64)
    /// The line of every nth message left out, that of message n first.
    case gaps(every: Int)
    /// Every line twice.
    case repeated
}
