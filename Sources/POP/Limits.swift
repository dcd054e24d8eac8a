/// How much a server may send of each thing. A body has no limit here: the session that
/// takes it bounds it.
package struct Limits: Sendable {
    /// Bytes of a greeting, a status line or a line of a listing, with its line end. RFC 2449, section 4 allows 512.
    package var lineByteLimit = 8 << 10
    /// Bytes of a challenge in AUTH, with its line end.
    package var challengeByteLimit = 24 << 10
    /// Lines of a CAPA reply.
    package var capabilityLineLimit = 256
    /// Lines of a LIST or UIDL reply, and so messages of a maildrop.
    package var listingLineLimit = 10_000_000

    package init() {}
}
