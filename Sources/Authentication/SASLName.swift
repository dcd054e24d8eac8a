/// A user name in the messages of SCRAM and of GS2 (RFC 5802, section 5.1; RFC 5801, section 4).
enum SASLName {
    static func escaped(_ name: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        for byte in name {
            switch byte {
            case UInt8(ascii: ","): result += "=2C".utf8
            case UInt8(ascii: "="): result += "=3D".utf8
            default: result.append(byte)
            }
        }
        return result
    }
}
