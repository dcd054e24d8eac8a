/// The bytes of a message, held or made on the way out.
package enum SimulatedContent: Sendable, Equatable {
    case bytes([UInt8])

    /// A plain text message of exactly this size, made in chunks: a gigabyte takes no memory. It ends in CRLF from two
    /// bytes on, and from about 300 bytes on holds a line of a single dot.
    case generated(seed: UInt64, byteCount: Int64)

    package var byteCount: Int64 {
        switch self {
        case .bytes(let bytes): Int64(bytes.count)
        case .generated(_, let byteCount): byteCount
        }
    }

    /// Whether POP can end the message without adding to it: its terminator needs a CRLF before it.
    private var endsLikePOP: Bool {
        switch self {
        case .bytes(let bytes):
            // By index: `suffix` of a sequence walks the whole message, once for each time its size is told.
            bytes.isEmpty || bytes.count >= 2 && bytes[bytes.count - 2] == 0x0d && bytes[bytes.count - 1] == 0x0a
        case .generated(_, let byteCount): byteCount != 1
        }
    }

    /// What transmission adds at the end: CRLF, or nothing.
    var transmittedSuffix: [UInt8] { endsLikePOP ? [] : [0x0d, 0x0a] }

    /// The size of the transmitted form in octets, without byte-stuffing and terminator.
    package var transmittedByteCount: Int64 { byteCount + Int64(transmittedSuffix.count) }

    /// The message as a right client must store it: unstuffed, and with the CRLF that POP adds where one is missing.
    package func transmittedForm() -> [UInt8] {
        var whole: [UInt8] = []
        whole.reserveCapacity(Int(transmittedByteCount))
        forEachTransmittedChunk { whole.append(contentsOf: $0) }
        return whole
    }

    /// The SHA-256 of the transmitted form, 32 bytes.
    package func transmittedSHA256() -> [UInt8] {
        var digest = SHA256Digest()
        forEachTransmittedChunk { digest.update($0) }
        return digest.finish()
    }

    /// The transmitted form in order, in pieces of at most 64 KiB.
    package func forEachTransmittedChunk(_ body: (ArraySlice<UInt8>) -> Void) {
        var reader = ContentReader(self)
        while let chunk = reader.next() { body(chunk) }
    }
}
