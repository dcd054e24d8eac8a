/// Base64 (RFC 2045, section 6.8) as real mail has it: octets outside the alphabet are skipped, padding may be absent
/// or starts a new group.
struct Base64 {
    private var bits: UInt32 = 0
    private var bitCount: UInt32 = 0

    /// Appends what `bytes` stand for, and stops where `octets` holds `octetLimit`.
    static func append(_ bytes: UnsafeRawBufferPointer, to octets: inout [UInt8], octetLimit: Int = .max) {
        var decoder = Base64()
        for byte in bytes {
            guard octets.count < octetLimit else { return }
            if let octet = decoder.take(byte) { octets.append(octet) }
        }
    }

    /// How many octets `bytes` stand for.
    static func decodedByteCount(_ bytes: UnsafeRawBufferPointer) -> Int {
        var decoder = Base64()
        var count = 0
        for byte in bytes where decoder.take(byte) != nil { count += 1 }
        return count
    }

    /// The octet that `byte` completes, if it does.
    private mutating func take(_ byte: UInt8) -> UInt8? {
        let value: UInt8
        switch byte {
        case 0x41...0x5A: value = byte - 0x41
        case 0x61...0x7A: value = byte - 0x61 + 26
        case 0x30...0x39: value = byte - 0x30 + 52
        case UInt8(ascii: "+"): value = 62
        case ASCII.slash: value = 63
        case ASCII.equals:
            bitCount = 0
            return nil
        default: return nil
        }
        bits = bits << 6 | UInt32(value)
        bitCount += 6
        guard bitCount >= 8 else { return nil }
        bitCount -= 8
        return UInt8(truncatingIfNeeded: bits >> bitCount)
    }
}
