import Manifest

/// The manifest of a child that drains a simulated server.
struct ClientManifest {
    private let command: ClientCommand

    init(_ command: ClientCommand) { self.command = command }

    /// - Throws: `ManifestError`.
    func parsed() throws -> Manifest { try Manifest.parse(text: text, path: "\(command.archive).toml") }

    private var text: String {
        let security =
            command.caFile.map { "tls = \"implicit\"\nca-file = \"\($0)\"" }
            ?? "tls = \"none\"\nallow-cleartext = true"
        var text = """
            [archive]
            path = "\(command.archive)"
            [job]
            parallel = \(command.parallel)
            parallel-per-host = \(command.parallel)
            \(command.memory.map { "memory = \($0)" } ?? "")
            [defaults]
            host = "127.0.0.1"
            port = \(command.port)
            \(security)

            """
        for number in 0..<command.accounts {
            text += """
                [[account]]
                name = "account\(number)"
                user = "\(ServerKind.user(number))"
                password = "\(ServerKind.password)"

                """
        }
        return text
    }
}
