/// Unsigned numbers in as few bytes as they need, seven bits a byte, lowest first (DWARF 5, section 7.6).
enum LEB128 {
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// All numbers of a sequence; `nil` when the last one is cut off or one does not fit.
    static func numbers(in bytes: some Sequence<UInt8>) -> [UInt64]? {
        var result: [UInt64] = []
        var value: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes {
            guard shift < 63 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                result.append(value)
                (value, shift) = (0, 0)
            } else {
                shift += 7
            }
        }
        return shift == 0 ? result : nil
    }
}
