/// A command that carries a connection, with the endpoint's host and port put in.
enum TunnelCommand {
    /// `%h` is the host, quoted for sh(1) where that is needed, `%p` the port and `%%` a percent sign.
    static func expanded(_ command: String, for endpoint: Endpoint) -> String {
        var result = ""
        var rest = command[...]
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            let after = rest.index(after: percent)
            switch after < rest.endIndex ? rest[after] : nil {
            case "h": result += quoted(endpoint.host)
            case "p": result += String(endpoint.port)
            case "%": result += "%"
            case let other?: result += "%\(other)"
            case nil: result += "%"
            }
            rest = after < rest.endIndex ? rest[rest.index(after: after)...] : rest[rest.endIndex...]
        }
        return result + rest
    }

    /// A word of sh(1); what needs no quotes stays without, so that it may stand in quotes itself.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x3A, 0x5F: true
            default: false
            }
        }
        if isPlain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
