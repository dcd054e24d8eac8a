import COpenSSL
import Foundation
import POP

/// NTLM, version 2 only (MS-NLMP, sections 2.2.1 and 3.3.2). It is old, and the server proves nothing.
struct NTLMExchange: SASLExchange {
    private enum Step { case negotiate, authenticate, done }

    private let credentials: Credentials
    /// Eight octets, anew for each exchange.
    private let clientChallenge: [UInt8]
    private let now: @Sendable () -> UInt64
    private var step = Step.negotiate

    /// - Parameter now: in tenths of a microsecond since 1601.
    init(
        _ credentials: Credentials, clientChallenge: [UInt8] = (0..<8).map { _ in UInt8.random(in: 0...255) },
        now: @escaping @Sendable () -> UInt64 = NTLMExchange.fileTime
    ) {
        (self.credentials, self.clientChallenge, self.now) = (credentials, clientChallenge, now)
    }

    mutating func begin() -> SecretBytes? {
        step = .authenticate
        return SecretBytes(copying: NTLMMessage.negotiation)
    }

    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        guard case .authenticate = step else {
            throw AuthenticationError(.badChallenge, .ntlm, "the server asks again when all was said")
        }
        guard let challenge = NTLMMessage.Challenge(challenge) else {
            throw AuthenticationError(.badChallenge, .ntlm, "the server's challenge cannot be understood")
        }
        step = .done
        let (user, domain) = names
        let key = try Self.key(user: user, domain: domain, credentials.secret)
        let response = NTLMMessage.Response(
            key: key, challenge, clientChallenge: clientChallenge, time: challenge.time ?? now())
        return SecretBytes(
            copying: NTLMMessage.authentication(
                response, user: user, domain: domain, host: "", flags: challenge.flags))
    }

    /// `DOMAIN\user`; a name with `@` stands for both.
    private var names: (user: String, domain: String) {
        guard let separator = credentials.user.firstIndex(of: "\\") else { return (credentials.user, "") }
        return (
            String(credentials.user[credentials.user.index(after: separator)...]),
            String(credentials.user[..<separator])
        )
    }

    /// `NTOWFv2` of MS-NLMP, section 3.3.2.
    static func key(user: String, domain: String, _ password: SecretBytes) throws(AuthenticationError) -> SecretBytes {
        guard let hash = MD4.shared.method else {
            throw AuthenticationError(.library, .ntlm, "OpenSSL has no MD4 here, which comes with its legacy provider")
        }
        guard
            var text = password.withBytes({ String(validating: $0, as: UTF8.self).map { $0.utf16.flatMap(\.octets) } })
        else { throw AuthenticationError(.unusableCredentials, .ntlm, "the password is not UTF-8") }
        defer { SecretBytes.wipe(&text) }
        var passwordHash = Keyed.hash(hash, text)
        let name = user.uppercased() + domain
        var key = SecretBytes(taking: &passwordHash).withBytes { hash in
            Keyed.mac(EVP_md5(), key: hash, name.utf16.flatMap(\.octets))
        }
        return SecretBytes(taking: &key)
    }

    private static let fileTime: @Sendable () -> UInt64 = {
        UInt64((Date().timeIntervalSince1970 + 11_644_473_600) * 10_000_000)
    }
}

/// MD4, which OpenSSL keeps apart with what is broken.
private final class MD4: Sendable {
    static let shared = MD4()

    /// Written once, and never freed.
    nonisolated(unsafe) let method: OpaquePointer?

    private init() {
        let library = OSSL_LIB_CTX_new()
        method = OSSL_PROVIDER_load(library, "legacy") == nil ? nil : EVP_MD_fetch(library, "MD4", nil)
    }
}

extension UInt16 {
    /// The lower one first, as Windows has it.
    fileprivate var octets: [UInt8] { [UInt8(truncatingIfNeeded: self), UInt8(self >> 8)] }
}
