import Archive
package import Manifest
import OAuth
import POP
import Platform

extension TokenIssuer {
    init(_ settings: OAuthSettings) {
        self.init(
            tokenURL: settings.tokenURL, deviceURL: settings.deviceURL, scope: settings.scope,
            clientID: settings.clientID, caFile: settings.caFile)
    }
}

extension TokenStore {
    /// The file of an account: the one that the manifest names, or one in the user's folder for state.
    init(_ settings: OAuthSettings, account: String) throws(AccountFailure) {
        if let path = settings.tokenFile {
            self.init(path: path)
            return
        }
        let state = Process.environment("XDG_STATE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = Process.environment("HOME").map { $0 + "/.local/state" }
        guard let folder = state ?? home else {
            throw AccountFailure(
                .refused, "there is no place for the refresh token: HOME is not set",
                remedy: "name a file with `oauth-token-file`")
        }
        self.init(path: "\(folder)/mailcask/tokens/\(SafeName.escaped(account))")
    }
}

extension TokenClient {
    init(_ settings: OAuthSettings, stop: EventFlag?) throws(AccountFailure) {
        var secret: SecretBytes?
        if let path = settings.clientSecretFile {
            secret = try SecretFile.firstLine(of: path, key: "oauth-client-secret-file")
        }
        self.init(TokenIssuer(settings), clientSecret: secret, stop: stop)
    }
}

extension AccountFailure {
    init(_ error: TokenError) {
        switch error.code {
        case .stopped: self = .stopped
        case .unreachable: self.init(.retry, error.description, remedy: "run again later")
        case .refused, .pending, .slowDown:
            self.init(
                .refused, error.description, remedy: "run `mailcask login` for this account where it is asked for")
        }
    }
}

/// Has a person allow mailcask to read a mailbox, and keeps the refresh token that comes of it.
package struct AccountTokenLogin {
    private let client: TokenClient
    private let store: TokenStore

    /// - Throws: `AccountFailure`, also for an account that takes no tokens of OAuth 2.0.
    package init(_ account: Account) throws(AccountFailure) {
        guard case .oauth(let settings) = account.secret else {
            throw AccountFailure(
                .refused, "the account has no `oauth`, so that there is no token to be had",
                remedy: "see mailcask-manifest(5)")
        }
        client = try TokenClient(settings, stop: nil)
        store = try TokenStore(settings, account: account.name)
    }

    /// Where the refresh token is kept.
    package var path: String { store.path }

    /// The device flow: returns when somebody has allowed it.
    /// - Parameter tell: gets the page to open, the code to type there, and the seconds that there are.
    package func run(tell: (_ address: String, _ code: String, _ seconds: Int) -> Void) throws(AccountFailure) {
        do throws(TokenError) {
            let request = try client.requestDevice()
            tell(request.address, request.code, request.lifetime)
            try keep(try allowed(request))
        } catch { throw AccountFailure(error) }
    }

    /// Takes a refresh token that was had in another way, once it has proved good.
    package func take(_ token: [UInt8]) throws(AccountFailure) {
        do throws(TokenError) {
            let refreshToken = SecretBytes(copying: token)
            let grant = try client.refresh(refreshToken)
            try keep(grant, otherwise: refreshToken)
        } catch { throw AccountFailure(error) }
    }

    private func allowed(_ request: TokenClient.DeviceRequest) throws(TokenError) -> TokenGrant {
        let end = Deadline(after: .seconds(request.lifetime))
        var interval = request.interval
        while !end.hasPassed {
            Process.sleep(milliseconds: interval * 1000)
            do throws(TokenError) { return try client.poll(request) } catch {
                switch error.code {
                // A break of the network is no answer (RFC 8628, section 3.5).
                case .pending, .unreachable: break
                case .slowDown: interval += 5
                case .refused, .stopped: throw error
                }
            }
        }
        throw TokenError.notAllowedInTime
    }

    private func keep(_ grant: TokenGrant, otherwise: SecretBytes? = nil) throws(TokenError) {
        guard let token = grant.refreshToken ?? otherwise else { throw .withoutRefreshToken }
        do { try store.write(token) } catch { throw .unkept("\(error)") }
    }
}
