import Manifest
package import Transport

/// What a probe saw of an account's TLS, whether the server was let in or refused.
package struct TLSFinding: Sendable {
    /// Protocol and cipher; `nil` where the server's certificate was refused.
    package let security: String?
    /// The server's certificates, its own first.
    package let chain: [PeerCertificate]
    /// What the account's settings allow that they would not by default.
    package let weaknesses: [String]
    /// Lines for the account's table in the manifest: they ask for what was found, and for no less.
    package let settings: [String]

    /// What a session has shown.
    init(_ account: Account, _ client: POPClient) {
        security = client.securityName
        chain = client.chain
        weaknesses = account.weaknesses
        let mode = "tls = \"\(account.tls.rawValue)\""
        let version = client.securityName.flatMap { $0.split(separator: " ").first }
        settings =
            switch version {
            case "TLSv1.3": [mode, "tls-min = \"1.3\""]
            case "TLSv1.1": [mode, "tls-min = \"1.1\"", "tls-security-level = 0"]
            case "TLSv1": [mode, "tls-min = \"1.0\"", "tls-security-level = 0"]
            default: [mode]
            }
    }

    /// What a refusal has shown; `nil` when it was not over a certificate.
    init?(_ account: Account, refused error: any Error) {
        guard let refused = (error as? TransportError)?.refused, let leaf = refused.certificates.first else {
            return nil
        }
        security = nil
        chain = refused.certificates
        weaknesses = account.weaknesses
        let name = refused.isForAnotherName ? leaf.names.first(where: Self.isPlain) : nil
        if let name {
            settings = ["tls-server-name = \"\(name)\"  # if that is the server's name"]
        } else {
            settings = leaf.pin.map { ["tls-pin = \"\($0)\"  # once the server's operator confirms it"] } ?? []
        }
    }

    /// Whether a name stands for one host, and in quotes for nothing else.
    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
    }
}
