/// One parameter of a MIME field: its plain value, and the value that RFC 2231 pieces (`name*`, `name*0`, `name*1*`)
/// make up.
struct Parameter {
    /// Pieces of one value that are kept.
    private static let pieceLimit = 1000

    /// The first `name=value`; `nil` when there is none.
    private(set) var plain: [UInt8]?
    /// The pieces in the order of their numbers, percent-decoded where they are marked so; `nil` when there are none.
    private(set) var extended: [UInt8]?
    /// The charset that the first piece names; `.guessed` when it names none.
    private(set) var charset = Charset.guessed

    /// Reads the rest of a field for the parameter `name`, which is lower-case.
    init(_ name: String, from cursor: inout ParameterCursor) {
        var pieces: [(number: Int, octets: [UInt8])] = []
        while let parameter = cursor.next() {
            guard parameter.name.starts(with: name.utf8) else { continue }
            let suffix = parameter.name.dropFirst(name.utf8.count)
            if suffix.isEmpty {
                plain = plain ?? parameter.value
            } else if suffix.first == ASCII.asterisk, pieces.count < Self.pieceLimit {
                let digits = suffix.dropFirst().prefix(while: ASCII.isDigit)
                let number = Int(String(decoding: digits, as: UTF8.self)) ?? 0
                var octets = parameter.value[...]
                if suffix.last == ASCII.asterisk {
                    if number == 0 { dropCharset(from: &octets) }
                    octets = Self.percentDecoded(octets)[...]
                }
                pieces.append((number, Array(octets)))
            }
        }
        guard !pieces.isEmpty else { return }
        // Sorted with their places, since `sort` does not promise to keep the order of equals.
        let order = pieces.indices.sorted { (pieces[$0].number, $0) < (pieces[$1].number, $1) }
        extended = order.flatMap { pieces[$0].octets }
    }

    /// Reads the parameter `name` from a field's value, behind its first token.
    init(_ name: String, of value: [UInt8]) {
        self = value.withUnsafeBytes {
            var cursor = ParameterCursor($0)
            return Parameter(name, from: &cursor)
        }
    }

    /// The value as UTF-8; `nil` when absent. A plain value may hold encoded words, which RFC 2047 forbids there and
    /// many write.
    var text: [UInt8]? {
        var text: [UInt8] = []
        if let extended {
            extended.withUnsafeBytes { charset.append($0, to: &text) }
        } else if let plain {
            plain.withUnsafeBytes { EncodedWord.append($0, to: &text) }
        } else {
            return nil
        }
        return text
    }

    /// Takes `charset'language'` from the front of a first piece.
    private mutating func dropCharset(from octets: inout ArraySlice<UInt8>) {
        let parts = octets.split(separator: ASCII.apostrophe, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3 else { return }
        charset = parts[0].withUnsafeBytes(Charset.init(name:))
        octets = parts[2]
    }

    private static func percentDecoded(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        octets.withUnsafeBytes { bytes in
            var result: [UInt8] = []
            var at = 0
            while at < bytes.count {
                if bytes[at] == UInt8(ascii: "%"), let octet = bytes.hexOctet(at: at + 1) {
                    result.append(octet)
                    at += 3
                } else {
                    result.append(bytes[at])
                    at += 1
                }
            }
            return result
        }
    }
}
