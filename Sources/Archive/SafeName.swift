import Mail

/// Account names as folder names that are safe on any file system.
package enum SafeName {
    /// Longest result in bytes: with `mail/` in front it fits the prefix field of a ustar header (155 bytes).
    static let byteLimit = 140

    /// ASCII letters, digits and `_ - + @ .` stay; every other byte of the UTF-8 becomes `%XX`, a leading dot or dash
    /// too. Beyond the limit the end is replaced by `~` and 32 hex digits of the whole name's SHA-256. Two names never
    /// give one result: `%` and `~` are themselves escaped.
    package static func escaped(_ name: String) -> String {
        var result: [UInt8] = []
        for byte in name.utf8 {
            let isPlain =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "@"), UInt8(ascii: "+"):
                    true
                case UInt8(ascii: "."), UInt8(ascii: "-"): !result.isEmpty
                default: false
                }
            if isPlain { result.append(byte) } else { result += "%\(hex(byte >> 4))\(hex(byte & 15))".utf8 }
        }
        guard result.count > byteLimit else { return String(decoding: result, as: UTF8.self) }
        let digest = Array(name.utf8).withUnsafeBytes { Digest.of($0) }
        return String(decoding: result.prefix(byteLimit - 33), as: UTF8.self) + "~" + digest.hex.prefix(32)
    }

    /// The name that gives a result; `nil` for one that was shortened.
    package static func name(escaped: some StringProtocol) -> String? {
        guard !escaped.contains("~") else { return nil }
        var bytes: [UInt8] = []
        var rest = Array(escaped.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hex(_ nibble: UInt8) -> Character { Character(String(nibble, radix: 16, uppercase: true)) }
}
