import Manifest
import Transport

extension Endpoint {
    init(_ account: Account) {
        let security: Security =
            switch account.tls {
            case .implicit: .implicit
            case .stls: .startTLS
            case .none: .none
            }
        self.init(
            host: account.host, port: account.port, security: security, tls: TLSSettings(account.tlsPolicy),
            route: Route(account, security))
    }
}

extension Account {
    /// What its TLS allows that it would not by default, for people; told in every report.
    var weaknesses: [String] { tls == .none ? [] : TLSSettings(tlsPolicy).weaknesses }
}

extension TLSSettings {
    init(_ policy: TLSPolicy) {
        self.init()
        minimumVersion =
            switch policy.minimumVersion {
            case .tls10: .tls10
            case .tls11: .tls11
            case .tls12: .tls12
            case .tls13: .tls13
            }
        ciphers = policy.ciphers
        securityLevel = policy.securityLevel
        caFile = policy.caFile
        crlFile = policy.crlFile
        pins = policy.pins.map { PublicKeyPin(digest: $0.digest) }
        serverName = policy.serverName
        clientIdentity =
            switch policy.clientIdentity {
            case .pem(let certificate, let key, let passwordFile):
                .pem(certificate: certificate, key: key, passwordFile: passwordFile)
            case .pkcs12(let path, let passwordFile): .pkcs12(path, passwordFile: passwordFile)
            case nil: nil
            }
    }
}
