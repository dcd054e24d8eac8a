/// Text that a server chose, made harmless before a terminal, a log or a report sees it.
package enum UntrustedText {
    /// Printable text as it is; control characters, broken UTF-8 and direction marks as `\xNN`; at most
    /// `characterLimit` characters, then `…`.
    package static func escaped(_ bytes: some Sequence<UInt8>, characterLimit: Int = 300) -> String {
        // A character takes four bytes at most; one byte more tells that the text goes on.
        let bytes = Array(bytes.prefix(4 * characterLimit + 1))
        var result = ""
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var start = 0
        for _ in 0..<characterLimit {
            var end = start
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded):
                end += encoded.count
                let scalar = Unicode.UTF8.decode(encoded)
                if isHarmless(scalar) {
                    result.unicodeScalars.append(scalar)
                    start = end
                }
            case .error(let length): end += length
            case .emptyInput: return result
            }
            for byte in bytes[start..<end] { result += "\\x" + hex(byte) }
            start = end
        }
        return start < bytes.count ? result + "…" : result
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
