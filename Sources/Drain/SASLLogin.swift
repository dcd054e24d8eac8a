import Authentication
import POP

/// Carries an exchange of a SASL mechanism over a session (RFC 5034).
struct SASLLogin {
    /// Longer commands are not sent in one line (RFC 5034, section 4; RFC 2449, section 4).
    private static let commandByteLimit = 255
    /// No mechanism needs as many.
    private static let challengeLimit = 20

    let client: POPClient
    let mechanism: Mechanism
    let credentials: Credentials
    let binding: ChannelBinding
    /// Where CAPA announces no mechanism, AUTH may be that of RFC 1734, which takes no initial response.
    let takesInitialResponse: Bool

    /// - Returns: the server's reply, and what it said of a refusal within the exchange.
    /// - Throws: `AuthenticationError`, `TransportError`, `POPError`.
    func run() throws -> (reply: Reply, reason: String?) {
        if mechanism.needsSecret { client.hide(credentials.secret) }
        var exchange = mechanism.exchange(credentials, binding)
        var first = try exchange.begin().map(Base64Line.encoded)
        var command = Command.authenticate(mechanism.name, initialResponse: nil)
        if takesInitialResponse, let response = first {
            let whole = Command.authenticate(mechanism.name, initialResponse: response)
            if whole.byteLimit <= Self.commandByteLimit { (command, first) = (whole, nil) }
        }
        try client.send([command])
        for _ in 0..<Self.challengeLimit {
            switch try client.authenticationStep() {
            case .reply(let reply):
                if reply.isOK { try exchange.finish() }
                return (reply, exchange.refusal)
            case .challenge(let line):
                // The first response, asked for by an empty challenge.
                if let response = first {
                    first = nil
                    try client.answer(response)
                } else {
                    try client.answer(Base64Line.encoded(try answer(to: line, &exchange)))
                }
            }
        }
        throw POPError(.outOfStep)
    }

    /// - Throws: having given the exchange up, so that the server hears of it.
    private func answer(to line: [UInt8], _ exchange: inout any SASLExchange) throws -> SecretBytes {
        do {
            guard let challenge = Base64Line.decoded(line) else {
                throw AuthenticationError.undecodable(mechanism)
            }
            return try exchange.answer(to: challenge)
        } catch {
            try? client.answer(SecretBytes(copying: "*".utf8))
            throw error
        }
    }
}
