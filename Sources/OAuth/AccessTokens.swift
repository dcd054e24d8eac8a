package import POP
import Platform

/// The access tokens of a job: each is used until shortly before it ends, and then renewed.
package final class AccessTokens: Sendable {
    private struct Token {
        let bytes: SecretBytes
        let end: ContinuousClock.Instant
    }

    /// So long before its end a token is renewed: a login may take a while.
    private static let margin: Duration = .seconds(120)
    /// Of a token whose issuer does not say when it ends.
    private static let usualLifetime = 300

    private let tokens = Lock<[TokenStore: Token]>([:])

    package init() {}

    /// A token that is good now.
    /// - Parameters:
    ///   - store: where the refresh token is; a new one is written there before the access token is used.
    ///   - client: asks for a new one.
    /// - Throws: `TokenError`, `FileError` where a new refresh token cannot be kept.
    package func token(of store: TokenStore, _ client: TokenClient) throws -> SecretBytes {
        if let token = tokens.withLock({ $0[store] }), token.end - Self.margin > .now { return token.bytes }
        let refreshToken = try store.read()
        let grant = try client.refresh(refreshToken)
        if let other = grant.refreshToken, other != refreshToken { try store.write(other) }
        keep(grant, store)
        return grant.accessToken
    }

    /// Forgets a token that a server has refused.
    package func discard(_ store: TokenStore) { tokens.withLock { $0[store] = nil } }

    private func keep(_ grant: TokenGrant, _ store: TokenStore) {
        let lifetime = min(max(grant.lifetime ?? Self.usualLifetime, 0), 1 << 31)
        tokens.withLock { $0[store] = Token(bytes: grant.accessToken, end: .now + .seconds(lifetime)) }
    }
}
