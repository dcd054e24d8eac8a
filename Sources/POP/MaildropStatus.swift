/// The answer to STAT: `+OK 2 320` (RFC 1939, section 5).
package struct MaildropStatus: Sendable, Equatable {
    package let messageCount: Int
    /// In octets; `nil` where the server sends nonsense (negative sums are known). A hint.
    package let octets: UInt64?
    /// As it came.
    package let text: [UInt8]

    /// `nil` when the reply has no count.
    package init?(_ reply: Reply) {
        let fields = String(decoding: reply.text, as: UTF8.self).split { $0 == " " || $0 == "\t" }
        guard let first = fields.first, let count = Int(first), count >= 0 else { return nil }
        messageCount = count
        octets = fields.count > 1 ? UInt64(fields[1]) : nil
        text = reply.text
    }

    /// Whether it can be another answer of the same session, in which nothing was deleted: the same count, and a sum, where
    /// there was one. The status line of a message, `+OK 320 octets`, is none.
    package func agrees(with earlier: MaildropStatus) -> Bool {
        text == earlier.text || (messageCount == earlier.messageCount && octets != nil && earlier.octets != nil)
    }
}
