import Platform

extension TransportError {
    /// What became of the command of a tunnel, with the last of its own words.
    init(_ ending: CommandTunnel.Ending, _ peer: String) {
        let outcome =
            switch (ending.exitStatus, ending.signal) {
            case (127?, _): "the `tunnel-command` was not found (status 127)"
            case (126?, _): "the `tunnel-command` cannot be run (status 126)"
            case (let status?, _): "the `tunnel-command` ended with status \(status)"
            case (nil, let signal): "the `tunnel-command` was ended by signal \(signal ?? 0)"
            }
        let words = Self.printable(ending.errors)
        let code: Code = ending.exitStatus == 127 || ending.exitStatus == 126 ? .badRoute : .closed
        self.init(code, peer, outcome + (words.isEmpty ? "" : ": \(words)") + ": try it by hand, as the same user")
    }

    /// The last words of a command in one line, with nothing in them that a terminal obeys.
    private static func printable(_ bytes: [UInt8]) -> String {
        let lines = bytes.split { $0 == 10 || $0 == 13 }.map { line in
            String(decoding: line.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        }
        return String(lines.joined(separator: " / ").suffix(400))
    }
}
