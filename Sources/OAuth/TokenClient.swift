import Foundation
package import POP
package import Platform

/// Asks an issuer for tokens.
package struct TokenClient: Sendable {
    /// What a person is to do so that a device gets its token (RFC 8628, section 3.2).
    package struct DeviceRequest: Sendable {
        /// The page to open, and the code to type there; both printable.
        package let address: String
        package let code: String
        /// In seconds from now.
        package let lifetime: Int
        /// Seconds between two questions whether it was done.
        package let interval: Int
        let deviceCode: SecretBytes
    }

    private static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    private let issuer: TokenIssuer
    private let clientSecret: SecretBytes?
    private let stop: EventFlag?

    /// - Parameters:
    ///   - clientSecret: of a client that the issuer wants to know by one.
    ///   - stop: ends every wait once it is raised.
    package init(_ issuer: TokenIssuer, clientSecret: SecretBytes?, stop: EventFlag?) {
        (self.issuer, self.clientSecret, self.stop) = (issuer, clientSecret, stop)
    }

    /// A new access token (RFC 6749, section 6).
    package func refresh(_ refreshToken: SecretBytes) throws(TokenError) -> TokenGrant {
        var form = form("refresh_token")
        form.add("refresh_token", refreshToken)
        if !issuer.scope.isEmpty { form.add("scope", issuer.scope) }
        return try grant(form)
    }

    /// Begins the device flow (RFC 8628, section 3.1).
    package func requestDevice() throws(TokenError) -> DeviceRequest {
        guard let url = issuer.deviceURL else {
            throw TokenError(
                .refused, "the issuer has no device flow: give its refresh token to `mailcask login --refresh-token`")
        }
        var form = HTTPForm()
        form.add("client_id", issuer.clientID)
        form.add("scope", issuer.scope)
        let answer = try form.post(to: url, caFile: issuer.caFile, stop: stop)
        let words = try decoded(IssuerWords.Device.self, answer)
        guard let address = words.address ?? words.otherAddress, address.hasPrefix("https://") else {
            throw TokenError(.refused, "the issuer's answer names no page to open")
        }
        return DeviceRequest(
            address: UntrustedText.escaped(address.utf8), code: UntrustedText.escaped(words.userCode.utf8),
            lifetime: min(max(words.lifetime?.value ?? 600, 1), 3600),
            interval: min(max(words.interval?.value ?? 5, 1), 60),
            deviceCode: SecretBytes(copying: words.deviceCode.utf8))
    }

    /// Asks whether a person has allowed the device (RFC 8628, section 3.4).
    /// - Throws: also `.pending` and `.slowDown`.
    package func poll(_ request: DeviceRequest) throws(TokenError) -> TokenGrant {
        var form = form(Self.deviceGrant)
        form.add("device_code", request.deviceCode)
        return try grant(form)
    }

    // MARK: - Answers

    private func form(_ grant: String) -> HTTPForm {
        var form = HTTPForm()
        form.add("grant_type", grant)
        form.add("client_id", issuer.clientID)
        if let clientSecret { form.add("client_secret", clientSecret) }
        return form
    }

    private func grant(_ form: HTTPForm) throws(TokenError) -> TokenGrant {
        let answer = try form.post(to: issuer.tokenURL, caFile: issuer.caFile, stop: stop)
        let words = try decoded(IssuerWords.Grant.self, answer)
        guard words.tokenType.map({ $0.lowercased() == "bearer" }) ?? true else {
            throw TokenError(.refused, "the issuer gives tokens of another type than bearer")
        }
        // It goes into a line of POP.
        guard !words.accessToken.isEmpty, words.accessToken.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TokenError(.refused, "the issuer's token is empty or holds characters that no token may hold")
        }
        return TokenGrant(
            accessToken: SecretBytes(copying: words.accessToken.utf8), lifetime: words.lifetime?.value,
            refreshToken: words.refreshToken.map { SecretBytes(copying: $0.utf8) })
    }

    /// What an answer says.
    func decoded<Words: Decodable>(_ type: Words.Type, _ answer: HTTPForm.Answer) throws(TokenError) -> Words {
        if answer.status == 200, let words = try? JSONDecoder().decode(Words.self, from: Data(answer.body)) {
            return words
        }
        let refusal = try? JSONDecoder().decode(IssuerWords.Refusal.self, from: Data(answer.body))
        let reason = [refusal?.error, refusal?.description].compactMap { $0 }.joined(separator: ": ")
        let text = UntrustedText.escaped(reason.utf8.prefix(500))
        switch refusal?.error {
        case "authorization_pending": throw TokenError(.pending, "nobody has allowed it yet")
        case "slow_down": throw TokenError(.slowDown, "the issuer is asked too often")
        case .some: throw TokenError(.refused, "the issuer gives no token: \(text)")
        case nil where answer.status >= 500 || answer.status == 429:
            throw TokenError(.unreachable, "the issuer has trouble of its own (HTTP status \(answer.status))")
        case nil: throw TokenError(.refused, "the issuer's answer cannot be understood (HTTP status \(answer.status))")
        }
    }
}
