/// What one `[[account]]`, one row, or `[defaults]` says of TLS; `nil` where it says nothing or nothing valid.
struct TLSFields {
    var minimumVersion: Located<TLSVersion>?
    var ciphers: Located<String>?
    var securityLevel: Located<Int>?
    var pins: Located<[KeyPin]>?
    var caFile: Located<String>?
    var crlFile: Located<String>?
    var serverName: Located<String>?
    var clientCertificate: Located<String>?
    var clientKey: Located<String>?
    var clientPKCS12: Located<String>?
    var clientPasswordFile: Located<String>?
}

extension AccountFields {
    /// The policy, what is not said taken from `[defaults]`. The keys of the client's certificate belong together: an
    /// account with one of them takes none from there.
    func tlsPolicy(defaults: AccountFields?) -> TLSPolicy {
        var policy = TLSPolicy()
        if let version = trust.minimumVersion ?? defaults?.trust.minimumVersion {
            policy.minimumVersion = version.value
        }
        policy.ciphers = (trust.ciphers ?? defaults?.trust.ciphers)?.value
        policy.securityLevel = (trust.securityLevel ?? defaults?.trust.securityLevel)?.value
        policy.pins = (trust.pins ?? defaults?.trust.pins)?.value ?? []
        policy.caFile = (trust.caFile ?? defaults?.trust.caFile)?.value
        policy.crlFile = (trust.crlFile ?? defaults?.trust.crlFile)?.value
        policy.serverName = (trust.serverName ?? defaults?.trust.serverName)?.value
        let client = hasClientIdentity ? trust : defaults?.trust ?? trust
        let passwordFile = client.clientPasswordFile?.value
        if let store = client.clientPKCS12 {
            policy.clientIdentity = .pkcs12(store.value, passwordFile: passwordFile)
        } else if let certificate = client.clientCertificate, let key = client.clientKey {
            policy.clientIdentity = .pem(certificate: certificate.value, key: key.value, passwordFile: passwordFile)
        }
        return policy
    }

    var hasClientIdentity: Bool { ManifestKeys.Account.clientIdentity.contains { given.contains($0) } }
}
