/// One maildrop to drain: `[[account]]`, or a row of a CSV file.
package struct Account: Sendable {
    /// Unique in the manifest, 1 to 200 characters, none a control character.
    package var name: String
    /// A host name or an IP address; an IPv6 address stands without brackets. Where the route goes by SRV records, the
    /// domain that has them.
    package var host: String
    /// Where the route goes by SRV records, which tell it, the usual one: it only tells accounts apart.
    package var port: UInt16
    package var tls: TLSMode
    /// The owner agrees that the password may cross the network in the clear.
    package var allowCleartext: Bool
    package var tlsPolicy: TLSPolicy
    /// Not empty, without CR, LF or NUL.
    package var user: String
    package var secret: SecretSource
    package var authentication: AuthenticationChoice
    package var channelBinding: ChannelBindingChoice
    package var terminator: Terminator
    package var timeouts: Timeouts
    package var deletion: DeletionPolicy
    /// Deletions in one run, at most; `nil` is any number.
    package var deletionLimit: Int?
    /// How to get to the server. It does not tell accounts apart.
    package var route: Route
    /// Where the manifest or a CSV file describes the account.
    package var location: SourceLocation

    package init(
        name: String, host: String, port: UInt16, tls: TLSMode = .implicit, allowCleartext: Bool = false,
        tlsPolicy: TLSPolicy = TLSPolicy(), user: String, secret: SecretSource,
        authentication: AuthenticationChoice = .auto,
        channelBinding: ChannelBindingChoice = .auto, terminator: Terminator = .crlf, timeouts: Timeouts = Timeouts(),
        deletion: DeletionPolicy = .never, deletionLimit: Int? = nil, route: Route = Route(),
        location: SourceLocation
    ) {
        self.name = name
        self.host = host
        self.port = port
        self.tls = tls
        self.allowCleartext = allowCleartext
        self.tlsPolicy = tlsPolicy
        self.user = user
        self.secret = secret
        self.authentication = authentication
        self.channelBinding = channelBinding
        self.terminator = terminator
        self.timeouts = timeouts
        self.deletion = deletion
        self.deletionLimit = deletionLimit
        self.route = route
        self.location = location
    }

    /// The most characters a name may have.
    static let nameCharacterLimit = 200
}

/// When TLS begins.
package enum TLSMode: String, Sendable, CaseIterable {
    /// With the connection (POP3S, RFC 8314).
    case implicit
    /// By the command STLS, before the login (RFC 2595).
    case stls
    /// Never.
    case none

    /// The port of a manifest that names none.
    var defaultPort: UInt16 { self == .implicit ? 995 : 110 }
}
