/// One message of a maildrop.
package struct SimulatedMessage: Sendable, Equatable {
    /// As UIDL tells it: any bytes, also none, also those of another message.
    package var uniqueID: [UInt8]

    package var content: SimulatedContent

    /// What a client gets in its place that has not said UTF8 (RFC 6856, section 2); nil is the message itself.
    package var surrogate: SimulatedContent?

    /// The size that STAT, LIST and RETR tell; nil is the true one.
    package var listedSize: Int64?

    /// In the maildrop, but not in any listing.
    package var isHidden: Bool

    package init(uniqueID: [UInt8], content: SimulatedContent, listedSize: Int64? = nil, isHidden: Bool = false) {
        self.uniqueID = uniqueID
        self.content = content
        self.listedSize = listedSize
        self.isHidden = isHidden
    }

    package init(uniqueID: String, content: SimulatedContent, listedSize: Int64? = nil, isHidden: Bool = false) {
        self.init(uniqueID: Array(uniqueID.utf8), content: content, listedSize: listedSize, isHidden: isHidden)
    }

    /// A message of the text's bytes as they are: write CRLF where CRLF is meant.
    package init(uniqueID: String, text: String) {
        self.init(uniqueID: uniqueID, content: .bytes(Array(text.utf8)))
    }
}
