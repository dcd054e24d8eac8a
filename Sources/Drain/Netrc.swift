import POP

/// A file of netrc(5): passwords by machine and login.
///
/// A value may stand in double quotes; a backslash takes the byte behind it as it is. A comment begins with `#` where a
/// word such as `machine` could stand.
struct Netrc {
    /// Something that is not in the language of the file. It holds nothing of its text.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let line: Int
        let reason: Reason

        enum Reason: String {
            case unknownWord = "a word that is none of machine, default, login, password, account and macdef"
            case missingValue = "a word without its value"
            case openQuote = "a quote that does not end in its line"
            case outsideEntry = "a login or password before the first machine"
        }

        var description: String { "line \(line) has \(reason.rawValue)" }
    }

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The password for a user of a machine: of the first entry of that machine, or of `default`, that has one and names
    /// this login or none. `nil` where there is none.
    /// - Throws: `Failure` where what stands before cannot be read.
    static func password(
        machine: String, login: String, in bytes: [UInt8]
    ) throws(Failure) -> SecretBytes? {
        var reader = Netrc(bytes)
        return try reader.search(Array(machine.lowercased().utf8), Array(login.utf8))
    }

    /// An entry, as far as it was read.
    private struct Entry {
        let isOfMachine: Bool
        var isOfOther = false
        var password: SecretBytes?

        var found: SecretBytes? { isOfMachine && !isOfOther ? password : nil }
    }

    private mutating func search(_ machine: [UInt8], _ login: [UInt8]) throws(Failure) -> SecretBytes? {
        var entry: Entry?
        while let word = nextWord() {
            switch String(decoding: word, as: UTF8.self) {
            case "machine":
                if let found = entry?.found { return found }
                entry = Entry(isOfMachine: try value { $0.map(Self.lowercased) == machine })
            case "default":
                if let found = entry?.found { return found }
                entry = Entry(isOfMachine: true)
            case "login":
                let isOther = try value { $0 != login }
                guard entry != nil else { throw Failure(line: line, reason: .outsideEntry) }
                entry?.isOfOther = isOther
            case "password", "passwd":
                let password = try value { SecretBytes(taking: &$0) }
                guard entry != nil else { throw Failure(line: line, reason: .outsideEntry) }
                entry?.password = password
            case "account": try value { _ in }
            case "macdef":
                try value { _ in }
                skipMacro()
            default: throw Failure(line: line, reason: .unknownWord)
            }
        }
        return entry?.found
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private mutating func skipBlanks() {
        while position < bytes.count, Self.isBlank(bytes[position]) {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    /// A word that says what comes; comments are skipped. `nil` at the end.
    private mutating func nextWord() -> ArraySlice<UInt8>? {
        while true {
            skipBlanks()
            guard position < bytes.count else { return nil }
            guard bytes[position] == UInt8(ascii: "#") else { break }
            position = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        }
        let start = position
        while position < bytes.count, !Self.isBlank(bytes[position]) { position += 1 }
        return bytes[start..<position]
    }

    /// Lends the value behind a word, and overwrites it.
    private mutating func value<Result>(_ body: (inout [UInt8]) -> Result) throws(Failure) -> Result {
        skipBlanks()
        guard position < bytes.count else { throw Failure(line: line, reason: .missingValue) }
        let isQuoted = bytes[position] == UInt8(ascii: "\"")
        if isQuoted { position += 1 }
        var value: [UInt8] = []
        // No growing, which would leave copies behind.
        value.reserveCapacity((bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count) - position)
        defer { SecretBytes.wipe(&value) }
        while position < bytes.count, isQuoted || !Self.isBlank(bytes[position]) {
            var byte = bytes[position]
            position += 1
            if isQuoted, byte == UInt8(ascii: "\"") { return body(&value) }
            if byte == UInt8(ascii: "\\"), position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
                byte = bytes[position]
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                break
            }
            value.append(byte)
        }
        guard !isQuoted else { throw Failure(line: line, reason: .openQuote) }
        return body(&value)
    }

    /// A macro ends with an empty line.
    private mutating func skipMacro() {
        while position < bytes.count {
            let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            let isEmpty = bytes[position..<end].allSatisfy { $0 == UInt8(ascii: "\r") }
            // What is left of the line of its name is no line of the macro.
            let isFirst = position > 0 && bytes[position - 1] != UInt8(ascii: "\n")
            position = min(end + 1, bytes.count)
            if end < bytes.count { line += 1 }
            if isEmpty, !isFirst { return }
        }
    }
}
