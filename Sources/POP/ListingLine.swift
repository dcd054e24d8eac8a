/// A line of LIST: `1 120`, perhaps with more behind it (RFC 1939, section 5, "scan listing").
package struct ScanListing: Sendable, Equatable {
    package let number: MessageNumber
    /// What the server says of the size, in octets; `nil` where it says nonsense. A hint, never a test: servers round
    /// it, count other line ends or give a compressed size.
    package let octets: UInt64?

    /// - Throws: `POPError.malformedListing` when there is no message number.
    package init(line: UnsafeRawBufferPointer) throws(POPError) {
        var fields = ListingFields(line)
        number = try fields.number()
        octets = fields.decimal(fields.word())
    }
}

/// A line of UIDL: `1 whqtswO00WBw418f9t5JxYwZ` (RFC 1939, section 7).
package struct UniqueIDListing: Sendable, Equatable {
    package let number: MessageNumber
    /// All that follows the space: empty on some servers, with spaces inside on others.
    package let uniqueID: UniqueID

    /// - Throws: `POPError.malformedListing` when there is no message number.
    package init(line: UnsafeRawBufferPointer) throws(POPError) {
        var fields = ListingFields(line)
        number = try fields.number()
        uniqueID = UniqueID(fields.rest())
    }
}

/// Splits a listing line on runs of spaces and tabs; a `+OK` in front of the number, as some servers send, is skipped.
private struct ListingFields {
    private let line: UnsafeRawBufferPointer
    private var position: Int

    init(_ line: UnsafeRawBufferPointer) {
        self.line = line
        position = 0
        if line.count > 3, line.prefix(3).elementsEqual("+OK".utf8) { position = 3 }
    }

    mutating func number() throws(POPError) -> MessageNumber {
        guard let value = decimal(word()), value > 0, value <= UInt64(UInt32.max) else {
            throw POPError(.malformedListing, received: line)
        }
        return MessageNumber(UInt32(value))
    }

    mutating func word() -> Range<Int> {
        skipBlanks()
        let start = position
        while position < line.count, !isBlank(line[position]) { position += 1 }
        return start..<position
    }

    /// What is left, without the blanks around it.
    mutating func rest() -> Slice<UnsafeRawBufferPointer> {
        skipBlanks()
        var end = line.count
        while end > position, isBlank(line[end - 1]) { end -= 1 }
        return line[position..<end]
    }

    /// A number of 1 to 18 digits.
    func decimal(_ range: Range<Int>) -> UInt64? {
        guard (1...18).contains(range.count) else { return nil }
        var value: UInt64 = 0
        for index in range {
            let digit = line[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return value
    }

    private mutating func skipBlanks() {
        while position < line.count, isBlank(line[position]) { position += 1 }
    }

    private func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
