package import Mail
import Platform

/// A whole message, received and digested, on its way into the archive.
package struct IncomingMessage: Sendable {
    /// A run of the message's bytes that is stored once.
    package struct Segment: Sendable {
        /// In the message, in bytes.
        package let range: Range<UInt64>
        package let digest: Digest
    }

    package let content: MessageContent
    /// SHA-256 of the message as transmitted, unstuffed, CRLF and all.
    package let digest: Digest
    /// In order and without gaps; empty for a message of zero octets.
    package let segments: [Segment]
    package let facts: HeaderFacts

    package var size: UInt64 { content.size }

    /// When it came, by its topmost Received field, else by its Date: seconds since 1970, never later than now.
    package var time: Int64 { min(facts.received ?? facts.date ?? 0, WallClock.now()) }
}
