import Glibc

/// The bytes that mail syntax gives a meaning to (RFC 5322, section 3).
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let escape: UInt8 = 0x1B
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let openParenthesis = UInt8(ascii: "(")
    static let closeParenthesis = UInt8(ascii: ")")
    static let asterisk = UInt8(ascii: "*")
    static let ampersand = UInt8(ascii: "&")
    static let apostrophe = UInt8(ascii: "'")
    static let comma = UInt8(ascii: ",")
    static let dash = UInt8(ascii: "-")
    static let dot = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let less = UInt8(ascii: "<")
    static let equals = UInt8(ascii: "=")
    static let greater = UInt8(ascii: ">")
    static let question = UInt8(ascii: "?")
    static let at = UInt8(ascii: "@")
    static let backslash = UInt8(ascii: "\\")
    static let underscore = UInt8(ascii: "_")

    /// Space, tab, CR, LF, vertical tab or form feed.
    static func isSpace(_ byte: UInt8) -> Bool { byte == space || (byte >= 9 && byte <= 13) }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A }

    /// The byte with `A`...`Z` made lower-case.
    static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// The value 0...15 of a hexadecimal digit of either case; `nil` for any other byte.
    static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The first index in `start..<end` that holds `byte`; `nil` when there is none. Indices count from this buffer's
    /// start; `0 <= start`, `end <= count`.
    func index(of byte: UInt8, from start: Int, to end: Int) -> Int? {
        guard start < end, let base = baseAddress else { return nil }
        guard let hit = memchr(base + start, Int32(byte), end - start) else { return nil }
        return UnsafeRawPointer(hit) - base
    }

    /// The bytes of `range` as a buffer that counts from zero.
    func sub(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self[range]) }

    /// Whether the bytes from `start` on begin with `text`, which is lower-case ASCII; the case of the bytes is ignored.
    func hasLowered(_ text: StaticString, at start: Int = 0) -> Bool {
        let length = text.utf8CodeUnitCount
        guard start + length <= count else { return false }
        for offset in 0..<length where ASCII.lowered(self[start + offset]) != text.utf8Start[offset] { return false }
        return true
    }

    /// Whether the bytes are `text`, which is lower-case ASCII, whatever their case.
    func isLowered(_ text: StaticString) -> Bool { count == text.utf8CodeUnitCount && hasLowered(text) }

    /// The octet that the two hexadecimal digits at `index` stand for; `nil` when there are no two.
    func hexOctet(at index: Int) -> UInt8? {
        guard index + 1 < count, let high = ASCII.hexValue(self[index]), let low = ASCII.hexValue(self[index + 1])
        else { return nil }
        return high << 4 | low
    }

    /// Whether no byte has its high bit set.
    var isASCII: Bool {
        var at = 0
        var seen: UInt64 = 0
        while at + 8 <= count {
            seen |= loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at += 8
        }
        while at < count {
            seen |= UInt64(self[at])
            at += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
