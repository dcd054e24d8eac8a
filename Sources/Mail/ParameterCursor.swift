/// Walks over the parameters of a MIME field (RFC 2045, section 5.1), generous to what real mail does to them.
struct ParameterCursor {
    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// White space, line ends and nested comments; one that never closes reaches the end.
    mutating func skipSpaceAndComments() {
        var depth = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == ASCII.openParenthesis {
                depth += 1
            } else if depth > 0 {
                if byte == ASCII.closeParenthesis { depth -= 1 }
                if byte == ASCII.backslash { at += 1 }
            } else if !ASCII.isSpace(byte) {
                return
            }
            at += 1
        }
        at = bytes.count
    }

    /// Up to white space, `;` or `(`.
    mutating func skipToken() {
        while at < bytes.count, !ASCII.isSpace(bytes[at]), bytes[at] != ASCII.semicolon,
            bytes[at] != ASCII.openParenthesis
        {
            at += 1
        }
    }

    /// The next `; name=value`: the name lower-case, the value without its quotes and line ends. `nil` at the end.
    mutating func next() -> (name: [UInt8], value: [UInt8])? {
        while skipToSemicolon() {
            skipSpaceAndComments()
            var name: [UInt8] = []
            while at < bytes.count, !ASCII.isSpace(bytes[at]), bytes[at] != ASCII.equals, bytes[at] != ASCII.semicolon {
                name.append(ASCII.lowered(bytes[at]))
                at += 1
            }
            skipSpaceAndComments()
            guard at < bytes.count, bytes[at] == ASCII.equals else { continue }
            at += 1
            skipSpaceAndComments()
            return (name, value())
        }
        return nil
    }

    /// Stands behind the next `;` outside quotes and comments; false when there is none.
    private mutating func skipToSemicolon() -> Bool {
        while at < bytes.count {
            skipSpaceAndComments()
            guard at < bytes.count else { return false }
            switch bytes[at] {
            case ASCII.semicolon:
                at += 1
                return true
            case ASCII.quote: _ = value()
            default: at += 1
            }
        }
        return false
    }

    /// A quoted string, or everything up to white space or `;`: real boundaries carry unquoted `=`, `/` and `?`.
    private mutating func value() -> [UInt8] {
        var value: [UInt8] = []
        guard at < bytes.count else { return value }
        guard bytes[at] == ASCII.quote else {
            while at < bytes.count, !ASCII.isSpace(bytes[at]), bytes[at] != ASCII.semicolon {
                value.append(bytes[at])
                at += 1
            }
            return value
        }
        at += 1
        while at < bytes.count, bytes[at] != ASCII.quote {
            if bytes[at] == ASCII.backslash, at + 1 < bytes.count { at += 1 }
            if bytes[at] != ASCII.carriageReturn, bytes[at] != ASCII.lineFeed { value.append(bytes[at]) }
            at += 1
        }
        at += 1
        return value
    }
}
