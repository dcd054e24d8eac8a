/// A value with the place it was read from.
struct Located<Value> {
    var value: Value
    var span: Range<Int>
    var source: SourceText

    var location: SourceLocation { source.location(of: span.lowerBound) }

    /// Another value from the same place.
    func map<Result>(_ body: (Value) -> Result) -> Located<Result> {
        Located<Result>(value: body(value), span: span, source: source)
    }
}

/// What one `[[account]]`, one row, or `[defaults]` says; `nil` where it says nothing or nothing valid.
struct AccountFields {
    /// Where to point when something is missing.
    var place: Located<Void>
    /// The keys that are there, valid or not.
    var given: Set<ManifestKeys.Account> = []
    /// Keys that misspelt ones were probably meant to be: not to be called missing as well.
    var meant: Set<ManifestKeys.Account> = []
    var name: Located<String>?
    var host: Located<String>?
    var port: Located<UInt16>?
    var domain: Located<String>?
    var tls: Located<TLSMode>?
    var allowCleartext: Located<Bool>?
    var trust = TLSFields()
    var user: Located<String>?
    var secret: Located<SecretSource>?
    var authentication: Located<AuthenticationChoice>?
    var channelBinding: Located<ChannelBindingChoice>?
    var terminator: Located<Terminator>?
    var oauth = OAuthFields()
    var deletion: Located<DeletionPolicy>?
    var deletionLimit: Located<Int>?
    var connectTimeout: Located<Duration>?
    var replyTimeout: Located<Duration>?
    var loginTimeout: Located<Duration>?
    var stallTimeout: Located<Duration>?
    var route = RouteFields()

    init(place: Located<Void>) { self.place = place }

    var hasSecret: Bool { ManifestKeys.Account.secrets.contains { given.contains($0) } }
    var seemsToHaveSecret: Bool { hasSecret || ManifestKeys.Account.secrets.contains { meant.contains($0) } }

    var seemsToHaveSite: Bool { seemsToHave(.host) || seemsToHave(.domain) }

    func seemsToHave(_ key: ManifestKeys.Account) -> Bool { given.contains(key) || meant.contains(key) }

    func timeouts(defaults: AccountFields?) -> Timeouts {
        var result = Timeouts()
        if let value = connectTimeout ?? defaults?.connectTimeout { result.connect = value.value }
        if let value = replyTimeout ?? defaults?.replyTimeout {
            result.reply = value.value
            result.greeting = value.value
        }
        if let value = loginTimeout ?? defaults?.loginTimeout { result.login = value.value }
        if let value = stallTimeout ?? defaults?.stallTimeout { result.stall = value.value }
        return result
    }
}
