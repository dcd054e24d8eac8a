/// The keys that begin with `oauth`.
extension ManifestChecker {
    mutating func readOAuth(
        _ key: ManifestKeys.Account, _ entry: Entry, _ source: SourceText, _ fields: inout AccountFields
    ) {
        switch key {
        case .oauth:
            fields.oauth.provider = choice(entry, source, of: OAuthSettings.Provider.self)
            // Completed once all keys are read.
            fields.secret = fields.oauth.provider.map { $0.map { _ in .unneeded } }
        case .oauthTokenURL: fields.oauth.tokenURL = url(entry, source)
        case .oauthDeviceURL: fields.oauth.deviceURL = url(entry, source)
        case .oauthScope: fields.oauth.scope = line(entry, source)
        case .oauthClientID: fields.oauth.clientID = line(entry, source)
        case .oauthClientSecretFile: fields.oauth.clientSecretFile = secretFile(entry, source)
        case .oauthTokenFile:
            fields.oauth.tokenFile = path(entry, source)
        default: fields.oauth.caFile = existingFile(entry, source)
        }
    }

    private mutating func url(_ entry: Entry, _ source: SourceText) -> Located<String>? {
        guard let text = line(entry, source) else { return nil }
        guard text.value.hasPrefix("https://"), text.value.utf8.count > 8,
            text.value.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            complaints.error(
                text, "\(entry.key) is no address of HTTPS", remedy: "write it whole, beginning with https://")
            return nil
        }
        return text
    }

    /// The source of an account's tokens; `nil` where something is missing, which is told.
    mutating func oauthSource(_ own: OAuthFields) -> Located<SecretSource>? {
        let fields = own.completed(from: defaults?.oauth)
        guard let provider = fields.provider else { return nil }
        let scope = fields.scope?.value ?? provider.value.scope
        guard let clientID = fields.clientID, !clientID.value.isEmpty else {
            complaints.error(
                provider, "oauth needs the identity of a client",
                remedy: "register one with the issuer, and add oauth-client-id")
            return nil
        }
        guard let tokenURL = fields.tokenURL?.value ?? provider.value.tokenURL else {
            complaints.error(
                provider, "oauth = \"other\" does not say where tokens come from", remedy: "add oauth-token-url")
            return nil
        }
        let settings = OAuthSettings(
            tokenURL: tokenURL, deviceURL: fields.deviceURL?.value ?? provider.value.deviceURL, scope: scope ?? "",
            clientID: clientID.value, clientSecretFile: fields.clientSecretFile?.value,
            tokenFile: fields.tokenFile?.value, caFile: fields.caFile?.value)
        return provider.map { _ in .oauth(settings) }
    }
}
