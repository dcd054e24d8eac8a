/// What a server says it can do (RFC 2449, section 5). Lines that are not understood are ignored.
package struct Capabilities: Sendable, Equatable {
    package private(set) var names: Set<String> = []
    /// The mechanisms of the SASL line, upper-case.
    package private(set) var mechanisms: [String] = []
    /// The IMPLEMENTATION line, escaped.
    package private(set) var implementation: String?

    package init() {}

    package var pipelining: Bool { names.contains("PIPELINING") }
    package var startTLS: Bool { names.contains("STLS") }
    package var utf8: Bool { names.contains("UTF8") }
    package var top: Bool { names.contains("TOP") }

    /// Takes one line of a CAPA reply, without its line end.
    package mutating func add(line: UnsafeRawBufferPointer) {
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let first = words.first else { return }
        let name = UntrustedText.escaped(first.map(uppercased))
        names.insert(name)
        switch name {
        case "SASL": mechanisms += words.dropFirst().map { UntrustedText.escaped($0.map(uppercased)) }
        case "IMPLEMENTATION":
            implementation = UntrustedText.escaped(words.dropFirst().joined(separator: [UInt8(ascii: " ")]))
        default: break
        }
    }
}
