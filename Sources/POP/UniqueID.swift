/// The server's lasting name for a message (RFC 1939, section 7, UIDL).
///
/// The RFC allows 1 to 70 characters from 0x21 to 0x7E. Real servers also send none, more, spaces and 8-bit bytes, so
/// it is opaque here and compared byte by byte.
package struct UniqueID: Hashable, Sendable {
    package let bytes: [UInt8]

    package init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

    package var isEmpty: Bool { bytes.isEmpty }
}

extension UniqueID: CustomStringConvertible {
    /// Escaped for people to read.
    package var description: String { UntrustedText.escaped(bytes) }
}
