/// The status line of a reply (RFC 1939, section 3).
package struct Reply: Sendable, Equatable {
    package let isOK: Bool
    /// The extended response code (RFC 2449, section 8), where there is one.
    package let code: ResponseCode?
    /// What follows the status indicator, untrusted.
    package let text: [UInt8]
    private let mask: EchoMask?

    /// - Parameters:
    ///   - line: without its line end.
    ///   - mask: takes a secret out of the text that is shown.
    /// - Throws: `POPError.notAReply`.
    init(line: UnsafeRawBufferPointer, mask: EchoMask? = nil) throws(POPError) {
        guard let status = Self.status(of: line) else { throw POPError(.notAReply, received: line, mask: mask) }
        self.mask = mask
        isOK = status.isOK
        var rest = line[status.byteCount...]
        while let first = rest.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
            rest = rest.dropFirst()
        }
        text = Array(rest)
        code = ResponseCode(startOf: text)
    }

    /// The text for people, escaped and without the secret that it may repeat.
    package var displayText: String { UntrustedText.escaped(mask?.masked(text) ?? text) }

    /// `+OK`, `-ERR` in any case, or the sloppy `+ERR` and `-ERROR` of old servers (they are refusals). A refusal may have
    /// its response code or a colon right behind.
    private static func status(of line: UnsafeRawBufferPointer) -> (isOK: Bool, byteCount: Int)? {
        if let status = status(of: line, endingAt: []) { return status }
        guard let refusal = status(of: line, endingAt: [UInt8(ascii: "["), UInt8(ascii: ":")]), !refusal.isOK else {
            return nil
        }
        let isColon = line[refusal.byteCount] == UInt8(ascii: ":")
        return (false, refusal.byteCount + (isColon ? 1 : 0))
    }

    private static func status(
        of line: UnsafeRawBufferPointer, endingAt ends: [UInt8]
    ) -> (isOK: Bool, byteCount: Int)? {
        let word = line.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") && !ends.contains($0) }
        switch word.count {
        case 3 where word.elementsEqual("+OK".utf8, by: equalIgnoringCase): return (true, 3)
        case 4 where word.elementsEqual("-ERR".utf8, by: equalIgnoringCase): return (false, 4)
        case 4 where word.elementsEqual("+ERR".utf8, by: equalIgnoringCase): return (false, 4)
        case 6 where word.elementsEqual("-ERROR".utf8, by: equalIgnoringCase): return (false, 6)
        default: return nil
        }
    }
}

/// ASCII letters compared without case.
func equalIgnoringCase(_ one: UInt8, _ other: UInt8) -> Bool { uppercased(one) == uppercased(other) }

func uppercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") ? byte - 32 : byte
}
