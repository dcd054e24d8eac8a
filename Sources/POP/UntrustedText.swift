/// Text that a server chose, made harmless before a terminal, a log or a report sees it.
package enum UntrustedText {
    /// Printable text as it is; control characters, broken UTF-8 and direction marks as `\xNN`; at most
    /// `characterLimit` characters, then `…`.
    package static func escaped(_ bytes: some Sequence<UInt8>, characterLimit: Int = 300) -> String {
        var result = ""
        var count = 0
        for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
            if count == characterLimit { return result + "…" }
            count += 1
            if isHarmless(scalar) {
                result.unicodeScalars.append(scalar)
            } else {
                for byte in String(scalar).utf8 { result += "\\x" + hex(byte) }
            }
        }
        return result
    }

    private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: scalar != "\u{FFFD}"
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
}
