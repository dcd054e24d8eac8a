import Authentication
import POP

/// No server can make an exchange end well that wants proof of the password, without knowing it; and none says what may
/// not be printed.
///
/// The first octet of the input chooses the mechanism; each line that follows is a challenge.
enum ExchangesTarget {
    /// What needs neither Kerberos nor a fixed nonce.
    private static let mechanisms = Mechanism.allCases.filter { $0 != .gssapi }

    static func check(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let mechanism = mechanisms[Int(first) % mechanisms.count]
        let credentials = Credentials(
            user: "ann", secret: SecretBytes(copying: "secret".utf8), host: "localhost", port: 995)
        var exchange = mechanism.exchange(credentials, .bound(type: "tls-exporter", data: [1, 2, 3]))
        do {
            _ = try exchange.begin()
            for challenge in input.dropFirst().split(separator: 10, omittingEmptySubsequences: false) {
                if let decoded = Base64Line.decoded(challenge) {
                    holds(
                        Base64Line.encoded(decoded).utf8.elementsEqual(challenge),
                        "base64 is read back as it is written")
                }
                _ = try exchange.answer(to: Array(challenge))
            }
            try exchange.finish()
            let wantsProof = mechanism.name.hasPrefix("SCRAM") || mechanism == .digestMD5
            holds(!wantsProof, "\(mechanism.name) does not end well without proof")
        } catch { RepliesTarget.checkShown("\(error)") }
        RepliesTarget.checkShown(exchange.refusal ?? "")
    }
}
